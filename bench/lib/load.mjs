// load.mjs - one CSV file into heap, columnar (as it comes, small, sorted, by two
// workers), DuckDB and Parquet: rows per second and bytes per row of each.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Duck, fileBytes, remove } from './duckdb.mjs';
import * as postgres from './postgres.mjs';
import { count, mb, median, spread, table } from './report.mjs';
import { spent } from './server_time.mjs';

const files = process.env.BENCH_FILES;
const copyOptions = 'FORMAT csv, HEADER';

// The name of a suite's table of an access method: of the one that is measured (t),
// or another that queries join it with.
export const tableOf = (suite, method, name = 't') =>
  [suite.name, ...(name === 't' ? [] : [name]), method].join('_');

// What a suite is loaded into, besides the tables its queries read.
function variantsOf(suite, has) {
  const copy = (name) => (csv) => `COPY ${name} FROM '${csv}' WITH (${copyOptions})`;
  const of = (name, rest) => ({
    name,
    table: tableOf(suite, name.replaceAll(/\W+/g, '_')),
    method: 'columnar',
    // as the background worker does; autovacuum is off here
    compact: (name) => `CALL columnar.compact('${name}')`,
    ...rest,
  });
  const all = [
    of('heap', { method: 'heap', timed: true, stays: true, compact: () => 'SELECT' }),
    of('columnar', { timed: true, stays: true }),
    of('columnar, 2 workers', {
      timed: true,
      missing: !has.load,
      load: (name) => (csv) =>
        `SELECT columnar.load('${name}', '${csv}', options => '${copyOptions}', workers => 2)`,
    }),
    of('columnar, small', {
      missing: !has.profile,
      options: `profile => 'small'`,
    }),
  ];
  if (suite.sortBy)
    all.push(
      of('columnar, sorted', {
        options: `sort_by => '{${suite.sortBy}}'`,
      }),
      of('columnar, VACUUM FULL', {
        options: `sort_by => '{${suite.sortBy}}'`,
        compact: (name) => `VACUUM FULL ${name}`,
      }),
    );
  return all.map((variant) => ({ ...variant, sql: (variant.load ?? copy)(variant.table) }));
}

async function fill(client, variant, csv) {
  await client.query(`TRUNCATE ${variant.table}`);
  await client.query('CHECKPOINT');
  return spent(client.processID, () => client.query(variant.sql(csv)));
}

// Rows per second that leave: to a file of the server, and to a client (psql), whose
// session has the extension loaded.
async function copyOut(client, variant) {
  const file = join(files, 'copied_out');
  const toFile = `COPY ${variant.table} TO '${file}'`;
  const toClient = () =>
    execFileSync(join(process.env.BENCH_BIN, 'psql'), [
      '-qXAt', '-o', '/dev/null', '-c', "LOAD 'columnar'",
      '-c', `COPY ${variant.table} TO STDOUT`,
    ]);
  const result = { file: (await postgres.timed(client, toFile)).ms };
  const start = process.hrtime.bigint();
  toClient();
  result.client = Number(process.hrtime.bigint() - start) / 1e6;
  return result;
}

export async function loadPostgres(suite, csv, others, loads) {
  const client = await postgres.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS columnar');
  const exists = (name, argument) =>
    postgres.valueOf(client, `SELECT count(*) <> 0 FROM pg_proc
      WHERE pronamespace = 'columnar'::regnamespace AND proname = '${name}'
        AND '${argument}' = ANY (proargnames)`);
  const has = {
    load: (await exists('load', 'workers')) === 't',
    profile: (await exists('set_options', 'profile')) === 't',
  };
  const variants = variantsOf(suite, has);
  const result = { ms: {}, cpuMs: {}, bytes: {}, free: {}, out: {}, limit: [] };
  const present = variants.filter((variant) => !variant.missing);
  for (const { table, method, options } of present) {
    await client.query(`CREATE TABLE ${table} (${suite.columns}) USING ${method}`);
    if (options) await client.query(`SELECT columnar.set_options('${table}', ${options})`);
  }
  for (const { name } of variants) {
    result.ms[name] = [];
    result.cpuMs[name] = [];
  }

  // in turn, each into an empty table of an earlier transaction
  for (let run = 0; run < loads; run++) {
    for (const variant of present.filter(({ timed }) => timed || run === 0)) {
      const { ms, cpuMs } = await fill(client, variant, csv);
      result.ms[variant.name].push(ms);
      // of a load by workers it is only the leader's
      if (!variant.load) result.cpuMs[variant.name].push(cpuMs);
    }
    // what COPY parses, and stores nothing of
    result.limit.push(
      (await postgres.timed(client, `COPY ${present[0].table} FROM '${csv}'
         WITH (${copyOptions}) WHERE false`)).ms,
    );
  }
  for (const { name, table, method, compact } of present) {
    await client.query(compact(table));
    await client.query(`VACUUM ANALYZE ${table}`);
    const [[file, free]] = await postgres.rowsOf(
      client,
      `SELECT pg_total_relation_size('${table}'), ${
        method === 'heap'
          ? 0
          : `(SELECT coalesce(sum(n_blocks), 0) * 8192
                FROM columnar.stripes('${table}') WHERE state = 'dead')`
      }`,
    );
    result.bytes[name] = file - free;
    result.free[name] = Number(free);
  }
  if (suite.copyOut)
    for (let run = 0; run < loads; run++)
      for (const variant of present.filter(({ stays }) => stays)) {
        const out = (result.out[variant.name] ??= { file: [], client: [] });
        const { file, client: toClient } = await copyOut(client, variant);
        out.file.push(file);
        out.client.push(toClient);
      }
  result.columns = await postgres.rowsOf(
    client,
    `SELECT column_name, array_to_string(encodings, ' '), stored_bytes
       FROM columnar.columns('${suite.name}_columnar') ORDER BY stored_bytes DESC`,
  );
  const rows = [];
  for (const { table } of present)
    rows.push(Number(await postgres.valueOf(client, `SELECT count(*) FROM ${table}`)));
  result.rows = rows[0];
  result.wrong = rows.filter((n) => n !== rows[0]).length;
  for (const { table, stays } of present)
    if (!stays) await client.query(`DROP TABLE ${table}`);
  for (const { name, columns, file } of others)
    for (const method of ['heap', 'columnar']) {
      const other = tableOf(suite, method, name);
      await client.query(`CREATE TABLE ${other} (${columns}) USING ${method}`);
      await client.query(`COPY ${other} FROM '${file}' WITH (${copyOptions})`);
      await client.query(`VACUUM ANALYZE ${other}`);
    }
  await client.query('CHECKPOINT');
  await client.end();
  return result;
}

export async function loadDuck(suite, csv, others, path, loads) {
  const parquet = join(files, `${suite.name}.parquet`);
  const result = { ms: [] };
  for (let run = 0; run < loads; run++) {
    remove(path);
    const duck = await Duck.open(path, 1);
    // "" is an empty text, as for PostgreSQL
    const copy = (name, file) =>
      duck.timed(`COPY ${name} FROM '${file}' (HEADER, ALLOW_QUOTED_NULLS false)`);
    await duck.run(`CREATE TABLE t (${suite.columns})`);
    result.ms.push((await copy('t', csv)).ms);
    if (run === loads - 1) {
      await duck.run('CHECKPOINT');
      await duck.run(`COPY t TO '${parquet}' (FORMAT parquet, CODEC zstd)`);
      result.bytes = fileBytes(path);
      result.parquetBytes = fileBytes(parquet);
      for (const { name, columns, file } of others) {
        await duck.run(`CREATE TABLE ${name} (${columns})`);
        await copy(name, file);
      }
    }
    duck.close();
  }
  return result;
}

const times = (value) => value.toFixed(2) + 'x';

export function printLoad(suite, load, csvBytes) {
  const { rows, duckdb } = load;
  const rate = (ms) => (rows / median(ms)) * 1000;
  const line = (name, ms, bytes) => [
    name,
    ms?.length ? count(rate(ms)) : '-',
    ms?.length ? times(rate(ms) / rate(load.ms.heap)) : '-',
    load.cpuMs[name]?.length
      ? times(median(load.cpuMs.heap) / median(load.cpuMs[name]))
      : '-',
    ms?.length > 1 ? spread(ms).toFixed(0) + ' %' : '',
    ...(bytes
      ? [
          mb(bytes),
          (bytes / rows).toFixed(2),
          times(load.bytes.heap / bytes),
          times(bytes / duckdb.bytes),
          times(bytes / duckdb.parquetBytes),
        ]
      : ['-', '-', '-', '-', '-']),
  ];
  table([
    ['load', 'rows/s', 'of heap', 'by CPU', 'spread', 'MB', 'bytes/row', 'under heap', 'of DuckDB', 'of Parquet'],
    ...Object.keys(load.ms).map((name) => line(name, load.ms[name], load.bytes[name])),
    line('DuckDB (1 thread)', duckdb.ms, duckdb.bytes),
    line('zstd Parquet by DuckDB', null, duckdb.parquetBytes),
    line('CSV; parsed by COPY, stored nowhere', load.limit, csvBytes),
  ]);
  for (const [name, bytes] of Object.entries(load.free))
    if (bytes) console.log(`${name}: ${mb(bytes)} MB more are blocks free for later stripes`);
  const workers = load.ms['columnar, 2 workers'];
  if (workers?.length)
    console.log(`two workers load ${times(rate(workers) / rate(load.ms.columnar))} the rows/s of one session`);
  if (load.bytes['columnar, small'])
    console.log(`profile small takes ${times(load.bytes['columnar, small'] / load.bytes.columnar)} of balanced`);
  for (const [what, [low, high]] of Object.entries(suite.calibrated ?? {})) {
    const bytes = (what === 'heap' ? load.bytes.heap : duckdb.parquetBytes) / rows;
    console.log(`${what}: ${bytes.toFixed(1)} bytes a row, ${low} to ${high} are wanted` +
        (bytes < low || bytes > high ? ': NOT CALIBRATED' : ''));
  }
  if (suite.copyOut) {
    console.log();
    table([
      ['COPY TO', 'heap rows/s', 'columnar rows/s', 'of heap'],
      ...['file', 'client'].map((to) => [
        `a ${to}`,
        count(rate(load.out.heap[to])),
        count(rate(load.out.columnar[to])),
        times(rate(load.out.columnar[to]) / rate(load.out.heap[to])),
      ]),
    ]);
  }
  console.log();
  table([
    ['largest columns', 'bits/row', 'of the table', 'encodings'],
    ...load.columns.slice(0, 10).map(([name, encodings, bytes]) => [
      name,
      ((8 * bytes) / rows).toFixed(2),
      ((100 * bytes) / load.bytes.columnar).toFixed(1) + ' %',
      encodings,
    ]),
  ]);
}
