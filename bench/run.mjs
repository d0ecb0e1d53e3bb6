// run.mjs - one suite of queries on heap, columnar and DuckDB, the same rows in
// each: load, sizes, times, memory, answers compared with heap's.  Started by
// bench.sh, which gives it a server; README.md says how to read the output.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duck, fileBytes } from './lib/duckdb.mjs';
import { loadDuck, loadPostgres, printLoad, tableOf } from './lib/load.mjs';
import * as postgres from './lib/postgres.mjs';
import {
  count,
  geometricMean,
  median,
  ms,
  sameAnswer,
  spread,
  table,
} from './lib/report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const files = process.env.BENCH_FILES;
const suiteName = process.env.SUITE || 'flights';
const scale = Number(process.env.SCALE || 1);
const runs = Number(process.env.RUNS || 5);
const loads = Number(process.env.LOADS || 3);
const part = process.env.PART || 'all';
const only = (process.env.QUERY || '').split(/[ ,]+/).filter(Boolean);
const methods = ['heap', 'columnar'];

function fail(message) {
  console.error(`bench: ${message}`);
  process.exit(2);
}

if (!['all', 'load'].includes(part)) fail('PART is all or load');
if (!(scale > 0)) fail('SCALE must be a positive number');
if (!existsSync(join(here, 'suites', `${suiteName}.mjs`)))
  fail(`there is no suite "${suiteName}"`);
const suite = (await import(`./suites/${suiteName}.mjs`)).default;
const queries = (suite.queries ?? []).filter(
  (query) => !only.length || only.includes(query.name),
);
if (suite.queries && !queries.length)
  fail(
    `no such query; ${suite.name} has ` +
      suite.queries.map((query) => query.name).join(', '),
  );

// A table's CSV file, where the server's user can read it.
async function dataFile({ name, csv }, data) {
  const target = join(files, `${name}.csv`);
  if (!data) {
    copyFileSync(await csv({ folder: join(here, 'data'), scale }), target);
  } else {
    const given = resolve(data);
    if (given.endsWith('.zst'))
      execFileSync('zstd', ['-dqf', given, '-o', target]);
    else copyFileSync(given, target);
  }
  execFileSync('chmod', ['644', target]);
  return target;
}

// A query's text for the tables of an access method, or (without one) for DuckDB.
const tableNames = ['t', ...(suite.others ?? []).map(({ name }) => name)];
function sqlFor(query, method) {
  const text = method ? query.sql : (query.duckdb ?? query.sql);
  return text.replaceAll(
    new RegExp(`:(${tableNames.join('|')})\\b`, 'g'),
    (_, name) => (method ? tableOf(suite, method, name) : name),
  );
}

// One query with n extra workers (PostgreSQL) and n threads (DuckDB; 0 is 1).
async function measure(query, workers, duck) {
  const settings = { max_parallel_workers_per_gather: workers };
  const result = { name: query.name, workers, cold_ms: {}, ms: {} };
  const clients = {};
  await duck.threads(Math.max(1, workers));
  postgres.restart();
  for (const method of methods) {
    clients[method] = await postgres.connect(settings);
    const { ms, rows } = await postgres.timed(
      clients[method],
      sqlFor(query, method),
    );
    result.cold_ms[method] = ms;
    result.ms[method] = [];
    if (method === 'heap') result.answer = rows;
    else result.answerEqual = sameAnswer(rows, result.answer);
  }
  const first = await duck.timed(sqlFor(query));
  result.cold_ms.duckdb = first.ms;
  result.ms.duckdb = [];
  result.duckdbAnswerEqual = sameAnswer(first.rows, result.answer);
  result.rows = result.answer.length;
  delete result.answer;

  for (let run = 0; run < runs; run++) {
    for (const method of methods)
      result.ms[method].push(
        (
          await postgres.timed(
            clients[method],
            sqlFor(query, method),
          )
        ).ms,
      );
    result.ms.duckdb.push(
      (await duck.timed(sqlFor(query))).ms,
    );
  }
  for (const method of methods) await clients[method].end();
  if (workers === 0) {
    result.memory = {};
    for (const method of methods)
      result.memory[method] = await postgres.memoryOf(
        sqlFor(query, method),
        settings,
      );
  }
  return result;
}

function printQueries(results, workers) {
  const rows = [
    [
      workers ? `${workers} workers/threads` : 'no workers, 1 thread',
      'heap ms',
      'columnar ms',
      'DuckDB ms',
      'vs heap',
      'vs DuckDB',
      'cold ms',
      'spread',
      ...(workers ? [] : ['peak MB', 'private MB']),
      'answers',
    ],
  ];
  const mine = results.filter((result) => result.workers === workers);
  const ratio = (result, other) =>
    median(result.ms[other]) / median(result.ms.columnar);
  for (const result of mine)
    rows.push([
      result.name,
      ms(median(result.ms.heap)),
      ms(median(result.ms.columnar)),
      ms(median(result.ms.duckdb)),
      ratio(result, 'heap').toFixed(2) + 'x',
      ratio(result, 'duckdb').toFixed(2) + 'x',
      ms(result.cold_ms.columnar),
      spread(result.ms.columnar).toFixed(0) + ' %',
      ...(workers
        ? []
        : [
            (result.memory.columnar.hwmKb / 1024).toFixed(0),
            (result.memory.columnar.privateKb / 1024).toFixed(0),
          ]),
      !result.answerEqual
        ? 'WRONG'
        : result.duckdbAnswerEqual
          ? 'equal'
          : 'equal, not DuckDB',
    ]);
  const mean = (other) =>
    geometricMean(mine.map((result) => ratio(result, other))).toFixed(2) + 'x';
  const last = new Array(rows[0].length).fill('');
  last[0] = 'geometric mean';
  last[4] = mean('heap');
  last[5] = mean('duckdb');
  rows.push(last);
  console.log();
  table(rows);
}

// The server's settings, by name.
async function settingsOf(client) {
  const settings = {};
  for (const name of [
    'server_version',
    'shared_buffers',
    'work_mem',
    'maintenance_work_mem',
    'effective_cache_size',
    'jit',
    'wal_level',
    'max_wal_size',
    'fsync',
    'random_page_cost',
  ])
    settings[name] = await postgres.valueOf(client, `SHOW ${name}`);
  return settings;
}

const machine = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 2 ** 30),
  flags: (readFileSync('/proc/cpuinfo', 'utf8').match(/^flags.*$/m)?.[0] ?? '')
    .split(' ')
    .filter((flag) => /^(avx|sse4|bmi|avx512)/.test(flag)),
};

function printHead(settings, what) {
  console.log(
    `suite ${suite.name}: ${what}commit ` +
      `${process.env.BENCH_COMMIT || 'unknown'}, ${machine.cpu}, ` +
      `${machine.cores} cores`,
  );
  console.log(
    `PostgreSQL ${settings.server_version}; ` +
      Object.entries(settings)
        .slice(1)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
  );
}

function writeResults(results) {
  const path = join(
    here,
    'results',
    `${suite.name}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    JSON.stringify(
      {
        suite: suite.name,
        scale,
        commit: process.env.BENCH_COMMIT || null,
        date: new Date().toISOString(),
        machine,
        ...results,
      },
      null,
      1,
    ),
  );
  console.log(`\nwritten to ${path}`);
}

// A suite of queries.
async function runQueries(settings) {
  const duckPath = join(files, `${suite.name}.duckdb`);
  const csv = await dataFile(suite, process.env.DATA);
  const others = [];
  for (const other of suite.others ?? [])
    others.push({ ...other, file: await dataFile(other) });
  const load = await loadPostgres(suite, csv, others, loads);
  load.duckdb = await loadDuck(suite, csv, others, duckPath, loads);
  let wrong = load.wrong;

  const duck = await Duck.open(duckPath, 1);
  const duckVersion = (await duck.rows('SELECT version()'))[0][0];
  printHead(settings, `${count(load.rows)} rows, `);
  console.log(
    `DuckDB ${duckVersion}; medians of ${runs} runs in turn; "vs" is the ` +
      `other's time over columnar's: more than 1 means that columnar is faster\n`,
  );
  printLoad(suite, load, fileBytes(csv));

  const results = [];
  for (const workers of part === 'load' ? [] : [0, 2]) {
    for (const query of queries) {
      const result = await measure(query, workers, duck);
      if (!result.answerEqual) wrong++;
      results.push(result);
    }
    printQueries(results, workers);
  }
  duck.close();
  writeResults({
    rows: load.rows,
    settings,
    duckdb: duckVersion,
    load,
    queries: results,
  });
  return wrong;
}

// A suite that measures by itself.
async function runOperations(settings) {
  const client = await postgres.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS columnar');
  await client.end();
  printHead(settings, '');
  const results = await suite.measure(postgres, { scale, runs, only });
  writeResults({ settings, ...results });
  return results.wrong;
}

postgres.server('start');
const client = await postgres.connect();
const settings = await settingsOf(client);
await client.end();
const wrong = await (suite.measure ? runOperations : runQueries)(settings);
postgres.server('stop');
if (wrong) {
  console.log(`${wrong} answers are WRONG`);
  process.exit(1);
}
