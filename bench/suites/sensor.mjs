// sensor.mjs - readings of 1000 devices, one a minute: 10 million times SCALE
// rows made here, the same on every machine.  Two random walks a device with
// 1 and 2 decimals, a status that is nearly always "ok", a battery that runs
// down and is changed.
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

const devices = 1000;
const start = Date.UTC(2024, 0, 1) / 1000;

// xorshift32: whole 32-bit numbers only, so the same everywhere
function generator(seed) {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

async function write(path, minutes) {
  const random = generator(20240101);
  const temperature = new Int32Array(devices); // tenths
  const humidity = new Int32Array(devices); // hundredths
  const battery = new Int32Array(devices); // thousandths of a percent
  const drain = new Int32Array(devices);
  const bad = new Int32Array(devices); // minutes the status stays bad
  const status = new Array(devices).fill('ok');
  for (let device = 0; device < devices; device++) {
    temperature[device] = 150 + (random() % 100);
    humidity[device] = 3000 + (random() % 4000);
    battery[device] = 20000 + (random() % 80000);
    drain[device] = 5 + (random() % 20);
  }
  const out = createWriteStream(path);
  out.write('time,device,temperature,humidity,status,battery\n');
  for (let minute = 0; minute < minutes; minute++) {
    const lines = [];
    let second = -1;
    let time = '';
    for (let device = 0; device < devices; device++) {
      const now = Math.floor((device * 60) / devices);
      if (now !== second) {
        second = now;
        time = new Date((start + minute * 60 + second) * 1000)
          .toISOString()
          .slice(0, 19)
          .replace('T', ' ');
      }
      const dice = random();
      temperature[device] += (dice & 7) === 0 ? ((dice >>> 3) % 7) - 3 : 0;
      humidity[device] += ((dice >>> 8) % 41) - 20;
      if (temperature[device] < -200 || temperature[device] > 500)
        temperature[device] = 200;
      if (humidity[device] < 0 || humidity[device] > 10000)
        humidity[device] = 5000;
      battery[device] -= drain[device];
      if (battery[device] < 2000) battery[device] = 100000;
      if (bad[device] > 0) bad[device]--;
      else if (dice % 5000 === 0) {
        bad[device] = 5 + (dice >>> 27);
        status[device] = ['warning', 'error', 'offline'][(dice >>> 20) % 3];
      } else status[device] = 'ok';
      lines.push(
        `${time},${device + 1},${(temperature[device] / 10).toFixed(1)},` +
          `${(humidity[device] / 100).toFixed(2)},${status[device]},` +
          `${Math.ceil(battery[device] / 1000)}`,
      );
    }
    if (!out.write(lines.join('\n') + '\n')) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

async function csv({ folder, scale }) {
  const minutes = Math.max(1, Math.round(10000 * scale));
  const path = join(folder, `sensor-${minutes}.csv`);
  if (!existsSync(path)) {
    console.log(`generating ${minutes * devices} readings ...`);
    mkdirSync(folder, { recursive: true });
    await write(`${path}.part`, minutes);
    renameSync(`${path}.part`, path);
  }
  return path;
}

export default {
  name: 'sensor',
  sortBy: 'device,time',
  columns: `time timestamp, device integer, temperature double precision,
    humidity double precision, status text, battery smallint`,
  csv,
  queries: [
    { name: 'count', sql: 'SELECT count(*) FROM :t' },
    {
      name: 'totals',
      sql: `SELECT count(*), sum(battery), min(temperature), max(temperature),
              avg(humidity) FROM :t`,
    },
    {
      name: 'one_hour',
      sql: `SELECT count(*), avg(temperature), max(humidity) FROM :t
              WHERE time >= '2024-01-03 10:00:00'
                AND time < '2024-01-03 11:00:00'`,
    },
    {
      name: 'one_day_by_device',
      sql: `SELECT device, avg(temperature) AS mean FROM :t
              WHERE time >= '2024-01-02' AND time < '2024-01-03'
              GROUP BY device ORDER BY mean DESC, device LIMIT 10`,
    },
    {
      name: 'one_device',
      sql: `SELECT time, temperature, humidity FROM :t
              WHERE device = 42 AND time >= '2024-01-02'
                AND time < '2024-01-03' ORDER BY time`,
    },
    {
      name: 'per_device',
      sql: `SELECT device, count(*), avg(temperature), min(humidity),
              max(humidity) FROM :t GROUP BY device ORDER BY device`,
    },
    {
      name: 'per_hour',
      sql: `SELECT date_trunc('hour', time) AS hour, count(*),
              avg(temperature) FROM :t GROUP BY 1 ORDER BY 1`,
    },
    {
      name: 'last_value',
      sql: `SELECT DISTINCT ON (device) device, time, temperature, battery
              FROM :t WHERE time >= (SELECT max(time) FROM :t)
                                     - interval '6 hours'
              ORDER BY device, time DESC`,
    },
    {
      name: 'percentiles',
      sql: `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY temperature),
              percentile_cont(0.99) WITHIN GROUP (ORDER BY temperature)
              FROM :t WHERE status = 'ok'`,
    },
    {
      name: 'top_n',
      sql: `SELECT time, device, temperature FROM :t
              ORDER BY temperature DESC, time, device LIMIT 10`,
    },
    {
      name: 'moving_average',
      sql: `SELECT max(mean), min(mean) FROM (
              SELECT avg(temperature) OVER (ORDER BY time
                ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS mean
                FROM :t WHERE device = 7) AS walk`,
    },
    {
      name: 'distinct',
      sql: `SELECT count(DISTINCT device), count(DISTINCT battery) FROM :t`,
    },
    {
      name: 'status',
      sql: `SELECT status, count(*) FROM :t GROUP BY status ORDER BY status`,
    },
    {
      name: 'low_battery',
      sql: `SELECT device, min(battery) AS battery, count(*) FROM :t
              WHERE battery < 5 AND status <> 'ok'
              GROUP BY device ORDER BY device`,
    },
  ],
};
