// duckdb.mjs - DuckDB beside the server, in this process.
import { existsSync, rmSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

export class Duck {
  static async open(path, threads) {
    const duck = new Duck();
    duck.path = path;
    duck.instance = await DuckDBInstance.create(path, {
      threads: String(threads),
    });
    duck.connection = await duck.instance.connect();
    return duck;
  }

  async run(sql) {
    await this.connection.run(sql);
  }

  async rows(sql) {
    return (await this.connection.runAndReadAll(sql)).getRowsJson();
  }

  async timed(sql) {
    const start = process.hrtime.bigint();
    const rows = await this.rows(sql);
    return { ms: Number(process.hrtime.bigint() - start) / 1e6, rows };
  }

  async threads(n) {
    await this.run(`SET threads = ${n}`);
  }

  close() {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

export function fileBytes(path) {
  return existsSync(path) ? statSync(path).size : 0;
}

export function remove(path) {
  for (const suffix of ['', '.wal']) rmSync(path + suffix, { force: true });
}
