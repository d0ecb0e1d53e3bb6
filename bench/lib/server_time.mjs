// server_time.mjs - what a backend spent on statements: time on a processor, as
// the kernel counts it, which other processes do not blur as they do elapsed time.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const cpuNs = (pid) =>
  Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);

// Runs work() and returns its elapsed and its backend's processor time, in ms.
export async function spent(pid, work) {
  const cpu = cpuNs(pid);
  const start = process.hrtime.bigint();
  await work();
  return {
    ms: Number(process.hrtime.bigint() - start) / 1e6,
    cpuMs: (cpuNs(pid) - cpu) / 1e6,
  };
}

// Keeps this process and backends on one processor: what a short statement costs
// depends on whether its client wakes it up from another.
export function shareProcessor(...pids) {
  for (const pid of [process.pid, ...pids])
    spawnSync('taskset', ['-apc', '0', String(pid)]);
}
