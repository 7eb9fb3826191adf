// Preloaded into a program: localhost has an IPv6 address too, as a server on the Internet has.
import dns from 'node:dns';

const ADDRESSES = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const { lookup } = dns;
dns.lookup = (hostname, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  const { all = false, family = 0 } = typeof options === 'object' ? options : {};
  if (hostname !== 'localhost') return lookup(hostname, options, callback);
  const found = ADDRESSES.filter((one) => family === 0 || one.family === family);
  if (all) process.nextTick(done, null, found);
  else process.nextTick(done, null, found[0].address, found[0].family);
};
