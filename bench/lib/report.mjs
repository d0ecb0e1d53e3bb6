// report.mjs - medians, comparison of answers, and the printed tables.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[half]
    : (sorted[half - 1] + sorted[half]) / 2;
}

// Largest distance of a run from the median, in percent of the median.
export function spread(values) {
  const m = median(values);
  return (
    (100 * Math.max(...values.map((value) => Math.abs(value - m)))) / m
  );
}

export function geometricMean(values) {
  return Math.exp(
    values.reduce((sum, value) => sum + Math.log(value), 0) / values.length,
  );
}

// Sums of floating point numbers depend on the order of addition, and DuckDB's
// types are not PostgreSQL's: numbers are equal to 9 digits.
function normal(value) {
  if (value === null || value === undefined) return 'NULL';
  if (value === 't' || value === true) return 'true';
  if (value === 'f' || value === false) return 'false';
  const text = String(value);
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    return Number(text).toPrecision(9);
  return text.replace(/ 00:00:00$/, '');
}

export function sameAnswer(a, b) {
  return (
    a.length === b.length &&
    a.every(
      (row, i) =>
        row.length === b[i].length &&
        row.every((value, j) => normal(value) === normal(b[i][j])),
    )
  );
}

export function ms(value) {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

export function mb(bytes) {
  return (bytes / 1048576).toFixed(1);
}

export function count(value) {
  return Math.round(value).toLocaleString('en-US');
}

// Rows of cells, the first one the heading; the first column to the left.
export function table(rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  );
  for (const row of rows)
    console.log(
      row
        .map((cell, column) =>
          column
            ? String(cell).padStart(widths[column])
            : String(cell).padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    );
}
