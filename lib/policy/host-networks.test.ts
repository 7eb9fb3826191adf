import { describe, expect, it } from 'vitest';
import { parseHostNetworks } from './host-networks';

describe('F9: the networks that a host key is bound to', () => {
  it.each([
    ['0.0.0.0/0', /wider than \/8/],
    ['64.0.0.0/7', /wider than \/8/],
    ['::/0', /wider than \/16/],
    ['2000::/15', /wider than \/16/],
    [
      '203.0.113.7/24',
      /write 203\.0\.113\.0\/24 for the range, or 203\.0\.113\.7 for the one address/,
    ],
    ['2001:db8::1/64', /write 2001:db8::\/64 for the range, or 2001:db8::1 for the one address/],
    ['127.1', /not an address or a CIDR/],
    ['203.0.113.0/33', /no valid prefix length/],
    ['office', /not an address or a CIDR/],
    ['', /not an address or a CIDR/],
  ])('%s is refused', (text, message) => {
    expect(parseHostNetworks(['203.0.113.7', text])).toEqual({
      errors: [{ index: 1, message: expect.stringMatching(message) }],
    });
  });

  it.each([
    ['64.0.0.0/8', '64.0.0.0/8'],
    ['2001::/16', '2001::/16'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    [' 10.0.0.0/8 ', '10.0.0.0/8'],
    ['127.0.0.9', '127.0.0.9/32'],
  ])('%s is read as %s', (text, network) => {
    expect(parseHostNetworks([text])).toEqual({ networks: [network] });
  });

  it('each counts once', () => {
    expect(parseHostNetworks(['203.0.113.7', '203.0.113.7/32'])).toEqual({
      networks: ['203.0.113.7/32'],
    });
  });
});
