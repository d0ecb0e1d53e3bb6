// mixed.mjs - many sessions insert few rows at a time: the rate, what becomes of the
// rows, and whether the row store stays bounded.  Columnar beside heap, autovacuum on,
// synchronous_commit off.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { count, mb, median, table } from '../lib/report.mjs';
import { spent } from '../lib/server_time.mjs';

const run = promisify(execFile);
const columns = `id bigint GENERATED ALWAYS AS IDENTITY, account integer,
  kind smallint, at timestamptz, amount numeric(12, 2), ratio double precision,
  code text, note text`;
const methods = ['heap', 'columnar'];
const tableOf = (method) => `mixed_${method}`;
const clients = 4;

// One transaction of pgbench: one row.
const script = (t) => `\\set a random(1, 100000)
\\set k random(0, 6)
\\set n random(1, 100000000)
INSERT INTO ${t} (account, kind, at, amount, ratio, code, note)
  VALUES (:a, :k, now(), :n::numeric / 100, :n / 1000003.0::float8, 'c' || :a % 1000,
    rpad('order of customer ' || :a || ', reference ' || md5(:n::text), 150,
      ' item ' || :k));
`;

async function inserts(t, transactions, seconds) {
  const file = join(process.env.BENCH_FILES, `${t}.pgbench`);
  writeFileSync(file, script(t));
  const limit = seconds
    ? ['-T', String(seconds)]
    : ['-t', String(Math.round(transactions / clients))];
  const { stdout } = await run(join(process.env.BENCH_BIN, 'pgbench'), [
    '-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-f', file, ...limit,
  ]);
  return Number(stdout.match(/tps = ([\d.]+)/)[1]);
}

const sleep = (seconds) =>
  new Promise((done) => setTimeout(done, 1000 * seconds));

async function state(postgres, client) {
  const [[stripes, all, bytes]] = await postgres.rowsOf(
    client,
    `SELECT (SELECT coalesce(sum(n_rows - dead_rows), 0)
               FROM columnar.stripes('mixed_columnar') WHERE state = 'committed'),
       (SELECT count(*) FROM mixed_columnar),
       pg_total_relation_size('mixed_columnar')`,
  );
  return {
    stripes: Number(stripes),
    heap: Number(all) - Number(stripes),
    bytes: Number(bytes),
  };
}

const scan = (t) =>
  `SELECT count(*), sum(account), sum(amount), max(ratio), max(length(note)) FROM ${t}`;

async function compareScans(postgres, client, runs) {
  const cpuMs = { mixed_heap: [], mixed_columnar: [], mixed_loaded: [] };
  const answers = {};
  for (let i = -1; i < runs; i++)
    for (const t of Object.keys(cpuMs)) {
      const took = await spent(client.processID, async () => {
        answers[t] = (await postgres.rowsOf(client, scan(t))).join();
      });
      if (i >= 0) cpuMs[t].push(took.cpuMs);
    }
  return { cpuMs, same: answers.mixed_columnar === answers.mixed_loaded };
}

export default {
  name: 'mixed',
  async measure(postgres, { scale, runs, only }) {
    const wanted = (name) => !only.length || only.includes(name);
    const rows = Math.round(2e6 * scale);
    const client = await postgres.connect({
      max_parallel_workers_per_gather: 0,
    });
    const result = { rows, tps: { heap: [], columnar: [] }, wrong: 0 };
    for (const [name, value] of [
      ['autovacuum', 'on'],
      ['synchronous_commit', 'off'],
    ])
      await client.query(`ALTER SYSTEM SET ${name} = ${value}`);
    await client.query('SELECT pg_reload_conf()');
    for (const method of methods)
      await client.query(
        `CREATE TABLE ${tableOf(method)} (${columns}) USING ${method}`,
      );

    if (wanted('inserts')) {
      // in turn, a tenth each
      for (let part = 0; part < 10; part++)
        for (const method of methods)
          result.tps[method].push(await inserts(tableOf(method), rows / 10));
      result.after = [];
      const start = Date.now();
      let now;
      do {
        await sleep(5);
        now = await state(postgres, client);
        result.after.push({ seconds: (Date.now() - start) / 1000, ...now });
      } while (now.stripes < 0.95 * (now.stripes + now.heap) && Date.now() - start < 120000);
      await sleep(Math.max(0, 120 - (Date.now() - start) / 1000));
      now = await state(postgres, client);
      const heapBytes = Number(
        await postgres.valueOf(client, `SELECT pg_total_relation_size('mixed_heap')`),
      );
      await client.query(`CREATE TABLE mixed_loaded (${columns.replace('GENERATED ALWAYS AS IDENTITY', '')}) USING columnar`);
      const copy = join(process.env.BENCH_FILES, 'mixed.copy');
      await client.query(`COPY mixed_columnar TO '${copy}'`);
      await client.query(`COPY mixed_loaded FROM '${copy}'`);
      await client.query('VACUUM ANALYZE mixed_loaded');
      await sleep(10);
      const scans = await compareScans(postgres, client, runs);
      result.scans = scans.cpuMs;
      result.wrong += scans.same ? 0 : 1;
      const all = now.stripes + now.heap;
      const until = result.after.find((s) => s.stripes >= 0.95 * (s.stripes + s.heap));
      console.log(`\n${count(rows)} inserts of one row by ${clients} clients, autovacuum on\n`);
      table([
        ['', 'heap', 'columnar', 'of heap'],
        ['inserts/s', count(median(result.tps.heap)), count(median(result.tps.columnar)),
          (median(result.tps.columnar) / median(result.tps.heap)).toFixed(2) + 'x'],
        ['MB after 2 minutes', mb(heapBytes), mb(now.bytes), (now.bytes / heapBytes).toFixed(2) + 'x'],
        ['scan, ms', median(scans.cpuMs.mixed_heap).toFixed(0), median(scans.cpuMs.mixed_columnar).toFixed(0),
          (median(scans.cpuMs.mixed_columnar) / median(scans.cpuMs.mixed_heap)).toFixed(2) + 'x'],
      ]);
      console.log(`scan of the same rows loaded by COPY: ${median(scans.cpuMs.mixed_loaded).toFixed(0)} ms; ` +
          `columnar is ${(median(scans.cpuMs.mixed_columnar) / median(scans.cpuMs.mixed_loaded)).toFixed(2)}x of it`);
      console.log(`in stripes after 2 minutes: ${((100 * now.stripes) / all).toFixed(1)} %` +
          (until ? `; 95 % after ${until.seconds.toFixed(0)} s` : ''));
    }

    if (wanted('steady')) {
      const seconds = Math.round(300 * scale);
      const samples = [];
      let going = true;
      const load = inserts('mixed_columnar', 0, seconds).finally(() => {
        going = false;
      });
      const start = Date.now();
      while (going) {
        await Promise.race([sleep(15), load]);
        samples.push({ seconds: (Date.now() - start) / 1000, ...(await state(postgres, client)) });
      }
      result.steady = { tps: await load, samples };
      console.log(`\n${clients} clients insert for ${seconds} s: ${count(result.steady.tps)} rows/s\n`);
      table([
        ['seconds', 'rows in the row store', 'in stripes', 'MB'],
        ...samples.map((s) => [s.seconds.toFixed(0), count(s.heap), count(s.stripes), mb(s.bytes)]),
      ]);
    }
    await client.end();
    return result;
  },
};
