// numbers.mjs - 10 million times SCALE rows of an id, a random double (53 bits of
// it are random) and a short name: how fast rows go in and out.
import { generate } from '../lib/generate.mjs';

const columns = 'id bigint, value double precision, name text';

export default {
  name: 'numbers',
  columns,
  copyOut: true,
  csv({ folder, scale }) {
    const rows = Math.max(1000, Math.round(1e7 * scale));
    return generate(folder, `numbers-${rows}`, 'numbers', [rows], columns);
  },
  queries: [
    { name: 'count', sql: 'SELECT count(*) FROM :t' },
    {
      name: 'totals',
      sql: 'SELECT sum(id), min(value), max(value), avg(value), min(name) FROM :t',
    },
    {
      name: 'one_name',
      sql: `SELECT count(*), avg(value) FROM :t WHERE name = 'anna.adler7'`,
    },
    {
      name: 'top_n',
      sql: 'SELECT id, value, name FROM :t ORDER BY value DESC, id LIMIT 10',
    },
    {
      name: 'by_name',
      sql: `SELECT name, count(*) AS n, avg(value) FROM :t
              GROUP BY name ORDER BY n DESC, name LIMIT 10`,
    },
  ],
};
