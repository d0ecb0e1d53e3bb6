// point.mjs - single rows by key, and a mass delete: columnar beside heap, rows in
// the row store and rows in stripes.  A table of 8 columns with numeric and a text of
// 150 bytes, synchronous_commit off.
import { median, ms, table } from '../lib/report.mjs';
import { shareProcessor, spent } from '../lib/server_time.mjs';

const columns = `id bigint PRIMARY KEY, account integer, kind smallint,
  at timestamptz, amount numeric(12, 2), ratio double precision, code text,
  note text`;

// Values without any order but in the first and the fourth column.
const hash = (id, salt, n) =>
  `(hashint8extended(${id}, ${salt}) & 1073741823) % ${n}`;
const rowOf = (id) => `${id}, (${hash(id, 1, 100000)})::integer,
  (${hash(id, 2, 7)})::smallint,
  timestamptz '2024-01-01' + ${id} * interval '1 s' +
    (${hash(id, 3, 1000000)}) * interval '1 us',
  (${hash(id, 4, 100000000)})::numeric / 100, (${hash(id, 5, 1000003)}) / 1000003.0::float8,
  'c' || (${hash(id, 6, 1000)}),
  rpad('order ' || ${id} || ' of customer ' || (${hash(id, 7, 50000)}) ||
    ', shipped to ' || (ARRAY['Berlin', 'Paris', 'New York', 'Lima', 'Oslo'])
      [1 + (${hash(id, 8, 5)})] || ', reference ' || md5((${id})::text), 150,
    ' item ' || (${hash(id, 9, 100)}))`;

// table, access method, does it begin with rows in stripes?
const stores = [
  { name: 'heap', method: 'heap' },
  { name: 'row store', method: 'columnar' },
  { name: 'stripes', method: 'columnar', stripes: true },
];
const tableOf = (store) => `point_${store.name.replace(' ', '_')}`;

// The k-th of different keys 1 to n, in no order; n is prime.
const keyOf = (k, n) => ((k * 7919) % (n - 1)) + 1;

const operations = [
  {
    name: 'insert',
    sql: (t) => `INSERT INTO ${t} SELECT ${rowOf('$1::bigint')}`,
    key: (k, n) => n + 1 + k,
  },
  {
    name: 'select',
    sql: (t) => `SELECT * FROM ${t} WHERE id = $1`,
    key: keyOf,
  },
  {
    name: 'update',
    sql: (t) => `UPDATE ${t} SET amount = amount + 1 WHERE id = $1`,
    key: keyOf,
  },
  {
    name: 'delete',
    sql: (t) => `DELETE FROM ${t} WHERE id = $1`,
    // of rows that were not updated
    key: (k, n) => keyOf(n - 2 - k, n),
  },
];

// No compaction by itself between the runs.
const createTable = (t, store) =>
  `CREATE TABLE ${t} (${columns}) USING ${store.method}
     WITH (autovacuum_enabled = off)`;

async function makeTable(client, store, rows) {
  const t = tableOf(store);
  await client.query(`DROP TABLE IF EXISTS ${t}`);
  await client.query(createTable(t, store));
  if (store.stripes) {
    await client.query(
      `INSERT INTO ${t} SELECT ${rowOf('i')} FROM generate_series(1, ${rows}) i`,
    );
    await client.query('SET columnar.auto_compact = off');
    await client.query(`CALL columnar.compact('${t}')`);
  } else
    for (let from = 1; from <= rows; from += 2000)
      await client.query(
        `INSERT INTO ${t} SELECT ${rowOf('i')} FROM generate_series(${from},
           ${Math.min(from + 1999, rows)}) i`,
      );
  await client.query(`VACUUM ANALYZE ${t}`);
}

async function singleRows(postgres, { scale, runs }) {
  // a prime number, so that keyOf has every key
  const rows = scale < 1 ? 20011 : 200003;
  const batch = 1000;
  const results = [];
  const clients = {};
  for (const store of stores) {
    clients[store.name] = await postgres.connect({
      synchronous_commit: 'off',
      'columnar.auto_compact': 'off',
    });
    await makeTable(clients[store.name], store, rows);
  }
  shareProcessor(...stores.map((store) => clients[store.name].processID));
  for (const operation of operations) {
    const result = { name: operation.name, rows: batch, cpuMs: {}, ms: {} };
    for (const store of stores) result.cpuMs[store.name] = [];
    for (const store of stores) result.ms[store.name] = [];
    // the first run warms caches and plans
    for (let run = -1; run < runs; run++)
      for (const store of stores) {
        const client = clients[store.name];
        const query = {
          name: `${operation.name}`,
          text: operation.sql(tableOf(store)),
        };
        const took = await spent(client.processID, async () => {
          for (let i = 0; i < batch; i++) {
            const key = operation.key((run + 1) * batch + i, rows);
            const { rowCount } = await client.query({ ...query, values: [key] });
            if (rowCount !== 1)
              throw new Error(`${operation.name} of ${key}: ${rowCount} rows`);
          }
        });
        if (run < 0) continue;
        result.cpuMs[store.name].push(took.cpuMs);
        result.ms[store.name].push(took.ms);
      }
    results.push(result);
  }
  const us = (values) => ((median(values) * 1000) / batch).toFixed(1);
  const ratio = (result, of, name) =>
    (median(result[of][name]) / median(result[of].heap)).toFixed(2) + 'x';
  console.log(
    `\nsingle rows by key of ${rows}, each a transaction; a row's processor` +
      ' time in the server, us, and its ratio to heap (elapsed)\n',
  );
  table([
    ['operation', 'heap', 'row store', '', '', 'stripes', '', ''],
    ...results.map((result) => [
      result.name,
      us(result.cpuMs.heap),
      us(result.cpuMs['row store']),
      ratio(result, 'cpuMs', 'row store'),
      `(${ratio(result, 'ms', 'row store')})`,
      us(result.cpuMs.stripes),
      ratio(result, 'cpuMs', 'stripes'),
      `(${ratio(result, 'ms', 'stripes')})`,
    ]),
  ]);
  for (const store of stores) await clients[store.name].end();
  return results;
}

const scan = (t) =>
  `SELECT count(*), sum(account), sum(amount), max(ratio) FROM ${t}`;

async function massDelete(postgres, { scale, runs }) {
  const rows = Math.round(10e6 * scale);
  const stored = stores.filter((store) => store.name !== 'row store');
  const result = { rows, delete: {}, before: {}, after: {} };
  const client = await postgres.connect({
    synchronous_commit: 'off',
    max_parallel_workers_per_gather: 0,
    'columnar.auto_compact': 'off',
  });
  const pid = client.processID;
  const answers = {};
  for (const store of stored) {
    const t = tableOf(store);
    await makeTable(client, { ...store, stripes: false, method: 'heap' }, 0);
    await client.query(`DROP TABLE ${t}`);
    await client.query(createTable(t, store));
    await client.query(
      `INSERT INTO ${t} SELECT ${rowOf('i')} FROM generate_series(1, ${rows}) i`,
    );
    await client.query(`VACUUM ANALYZE ${t}`);
    result.delete[store.name] = [];
    result.before[store.name] = [];
    result.after[store.name] = [];
  }
  await client.query('CHECKPOINT');
  const scans = async (to) => {
    for (let run = -1; run < runs; run++)
      for (const store of stored) {
        let rows;
        const took = await spent(pid, async () => {
          rows = await postgres.rowsOf(client, scan(tableOf(store)));
        });
        answers[store.name] = rows.join();
        if (run >= 0) to[store.name].push(took.cpuMs);
      }
  };
  await scans(result.before);
  // a tenth each time, without any order, undone but for the last
  for (let run = 0; run < Math.min(runs, 3); run++)
    for (const store of stored) {
      const t = tableOf(store);
      await client.query('BEGIN');
      const took = await spent(pid, () =>
        client.query(
          `DELETE FROM ${t} WHERE hashint8(id) % 10 IN (${run}, ${run - 10})`,
        ),
      );
      result.delete[store.name].push(took.cpuMs);
      await client.query(run < Math.min(runs, 3) - 1 ? 'ROLLBACK' : 'COMMIT');
    }
  await scans(result.after);
  result.same = answers.heap === answers.stripes;
  console.log(`\na tenth of ${rows} rows deleted in one statement, and scans;` +
      ' processor time in the server, ms\n');
  const line = (name, of) => [
    name,
    ms(median(of.heap)),
    ms(median(of.stripes)),
    (median(of.stripes) / median(of.heap)).toFixed(2) + 'x',
  ];
  table([
    ['', 'heap', 'stripes', 'of heap'],
    line('delete', result.delete),
    line('scan before', result.before),
    line('scan after', result.after),
  ]);
  console.log(
    `scan after / before: heap ` +
      `${(median(result.after.heap) / median(result.before.heap)).toFixed(2)}x, stripes ` +
      `${(median(result.after.stripes) / median(result.before.stripes)).toFixed(2)}x`,
  );
  await client.end();
  return result;
}

export default {
  name: 'point',
  // Of single, mass or both.  wrong: how many answers were not heap's.
  async measure(postgres, options) {
    const wanted = (name) =>
      !options.only.length || options.only.includes(name);
    const single = wanted('single') && (await singleRows(postgres, options));
    const mass = wanted('mass') && (await massDelete(postgres, options));
    return { single, mass, wrong: mass && !mass.same ? 1 : 0 };
  },
};
