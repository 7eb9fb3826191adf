// Preloaded into a server: its own clock is wrong by CLOCK_SHIFT_MS milliseconds from here on.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
if (!Number.isInteger(shiftMs)) throw new Error('set CLOCK_SHIFT_MS');

const now = Date.now.bind(Date);
Date.now = () => now() + shiftMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length === 0 ? [now() + shiftMs] : parts, newTarget),
});
