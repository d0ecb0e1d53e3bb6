// flights.mjs - 3 million US flights, January to June 2001 (U.S. Bureau of
// Transportation Statistics, public domain, by the npm package
// vega-datasets): what an analyst would ask.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Duck } from '../lib/duckdb.mjs';

const source = 'vega-datasets@3.2.1';

// Returns the path of a CSV file with a header.
async function csv({ folder, scale }) {
  const whole = join(folder, 'flights-3m.csv');
  if (scale > 1) throw new Error('flights: SCALE is at most 1');
  if (!existsSync(whole)) {
    console.log(`fetching flights-3m from the npm package ${source} ...`);
    mkdirSync(folder, { recursive: true });
    const archive = execFileSync('npm', ['pack', '--silent', source], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
    const member = 'package/data/flights-3m.parquet';
    execFileSync('tar', ['-xzf', archive, member], { cwd: folder });
    const parquet = join(folder, member);
    const duck = await Duck.open(':memory:', 1);
    await duck.run(
      `COPY (SELECT date, delay, distance, origin, destination
         FROM '${parquet}') TO '${whole}.part' (HEADER)`,
    );
    duck.close();
    renameSync(`${whole}.part`, whole);
    rmSync(join(folder, 'package'), { recursive: true });
    rmSync(join(folder, archive));
  }
  if (scale === 1) return whole;
  const rows = Math.round(3e6 * scale);
  const part = join(folder, `flights-${rows}.csv`);
  execFileSync('sh', ['-c', `head -n ${rows + 1} '${whole}' > '${part}'`]);
  return part;
}

export default {
  name: 'flights',
  columns: `date timestamp, delay integer, distance integer, origin text,
    destination text`,
  csv,
  queries: [
    { name: 'count', sql: 'SELECT count(*) FROM :t' },
    {
      name: 'totals',
      sql: `SELECT count(*), sum(delay), avg(delay), min(delay), max(delay),
              sum(distance) FROM :t`,
    },
    {
      name: 'busiest_routes',
      sql: `SELECT origin, destination, count(*) AS n FROM :t
              GROUP BY origin, destination
              ORDER BY n DESC, origin, destination LIMIT 10`,
    },
    {
      name: 'delay_by_origin',
      sql: `SELECT origin, count(*) AS n, avg(delay) AS mean FROM :t
              GROUP BY origin ORDER BY mean DESC, origin LIMIT 20`,
    },
    {
      name: 'worst_days',
      sql: `SELECT date_trunc('day', date) AS day, count(*) AS n,
              avg(delay) AS mean FROM :t
              GROUP BY 1 ORDER BY mean DESC, day LIMIT 10`,
    },
    {
      name: 'delay_by_hour',
      sql: `SELECT extract(hour FROM date) AS hour, count(*), avg(delay)
              FROM :t GROUP BY 1 ORDER BY 1`,
    },
    {
      name: 'late_by_month',
      sql: `SELECT date_trunc('month', date) AS month, count(*),
              count(*) FILTER (WHERE delay >= 15)
              FROM :t GROUP BY 1 ORDER BY 1`,
    },
    {
      name: 'longest_routes',
      sql: `SELECT origin, destination, max(distance) AS miles FROM :t
              GROUP BY origin, destination
              ORDER BY miles DESC, origin, destination LIMIT 10`,
    },
    {
      name: 'one_airport',
      sql: `SELECT destination, count(*) AS n, avg(delay) FROM :t
              WHERE origin = 'SEA'
              GROUP BY destination ORDER BY n DESC, destination`,
    },
    {
      name: 'one_day',
      sql: `SELECT count(*), avg(delay) FROM :t
              WHERE date >= '2001-03-12' AND date < '2001-03-13'`,
    },
    {
      name: 'very_late',
      sql: `SELECT date, origin, destination, delay FROM :t
              WHERE delay > 600 ORDER BY delay DESC, date, origin, destination
              LIMIT 100`,
    },
    {
      name: 'median_delay',
      sql: `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay),
              percentile_cont(0.95) WITHIN GROUP (ORDER BY delay)
              FROM :t WHERE distance > 1000`,
    },
    {
      name: 'distinct',
      sql: `SELECT count(DISTINCT origin), count(DISTINCT distance) FROM :t`,
    },
  ],
};
