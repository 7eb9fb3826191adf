const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** "512 MB", "7.8 GB": a unit is 1,024 of the one before. */
export function byteText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10);
  const unit = Math.min(step, UNITS.length - 1);
  const count = bytes / 1_024 ** unit;
  return `${count < 10 && unit > 0 ? count.toFixed(1) : Math.round(count)} ${UNITS[unit]}`;
}

/** "3 days 4 hours", "12 minutes": the two largest units, rounded down. */
export function durationText(seconds: number): string {
  const days = Math.floor(seconds / DAY_S);
  const hours = Math.floor((seconds % DAY_S) / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  const parts: [number, string][] =
    days > 0
      ? [
          [days, 'day'],
          [hours, 'hour'],
        ]
      : [
          [hours, 'hour'],
          [minutes, 'minute'],
        ];
  const words = parts.filter(([count]) => count > 0).map(([count, unit]) => counted(count, unit));
  return words.join(' ') || 'under a minute';
}

/** A share of 1 as "23 %"; above 1 where several processors are busy for one. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** "0.8 ms", "24 ms". */
export function millisecondText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
