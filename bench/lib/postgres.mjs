// postgres.mjs - the server under test: restart, connections, timed queries,
// memory of a backend.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const raw = { getTypeParser: () => (value) => value };

export function server(action) {
  execFileSync(process.env.BENCH_SERVER, [action], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function restart() {
  server('stop');
  server('start');
}

export async function connect(settings = {}) {
  const client = new pg.Client({
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    user: process.env.PGUSER,
    database: process.env.PGDATABASE,
    types: raw,
  });
  await client.connect();
  for (const [name, value] of Object.entries(settings))
    await client.query(`SET ${name} = '${value}'`);
  return client;
}

export async function rowsOf(client, sql) {
  return (await client.query({ text: sql, rowMode: 'array' })).rows;
}

export async function valueOf(client, sql) {
  return (await rowsOf(client, sql))[0][0];
}

// Runs sql and returns its time in milliseconds and its rows.
export async function timed(client, sql) {
  const start = process.hrtime.bigint();
  const rows = await rowsOf(client, sql);
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, rows };
}

function statusOf(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(status.match(new RegExp(`^${field}:\\s*(\\d+)`, 'm'))?.[1]);
  } catch {
    return NaN;
  }
}

// Runs sql in a backend of its own and returns its peak memory in kB: all of
// it (VmHWM, which counts the shared buffers that it touched), and the private
// part (RssAnon, sampled every 2 ms).
export async function memoryOf(sql, settings) {
  const client = await connect(settings);
  const pid = await valueOf(client, 'SELECT pg_backend_pid()');
  let privateKb = 0;
  const sample = () => {
    privateKb = Math.max(privateKb, statusOf(pid, 'RssAnon') || 0);
  };
  const timer = setInterval(sample, 2);
  await client.query(sql);
  sample();
  clearInterval(timer);
  const hwmKb = statusOf(pid, 'VmHWM');
  await client.end();
  return { hwmKb, privateKb };
}
