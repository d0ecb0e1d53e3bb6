// generate.mjs - data that a program of generate/ makes: built with cc, its rows
// behind a heading in a CSV file of the data folder.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

// The names in a list of columns.
export const namesOf = (columns) =>
  columns.replaceAll(/\([^)]*\)/g, '').split(',').map((column) => column.trim().split(/\s+/)[0]);

// The path of <file>.csv in folder, made by "<program> <args>" if it is not there.
export function generate(folder, file, program, args, columns) {
  const path = join(folder, `${file}.csv`);
  if (existsSync(path)) return path;
  console.log(`generating ${file} ...`);
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, program);
  execFileSync('cc', [
    '-O2', '-D_GNU_SOURCE', `-I${top}`, '-o', binary,
    join(top, 'bench', 'generate', `${program}.c`), '-lm',
  ]);
  execFileSync('sh', [
    '-c', 'echo "$1" > "$2"; shift; out=$1; shift; exec "$@" >> "$out"', 'sh',
    namesOf(columns).join(','), `${path}.part`, binary, ...args.map(String),
  ]);
  renameSync(`${path}.part`, path);
  return path;
}
