import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderSettings } from './settings.ts';

const place = { mark: 'tocsin-1-2', socketDir: '/run/a, "b"' };

describe('the settings of the server', () => {
  it('come as arguments; a wish replaces a default', () => {
    const words = renderSettings(place, { fsync: 'off', work_mem: '5MB' });
    assert.ok(words.includes('fsync=off') && words.includes('work_mem=5MB'));
    assert.ok(!words.includes('fsync=on'));
    assert.equal(words.filter((word) => word === '-c').length * 2, words.length);
  });

  it('quote the path of the socket, for it is a list', () => {
    const words = renderSettings(place, {});
    assert.ok(words.includes('unix_socket_directories="/run/a, ""b"""'));
  });

  it('that the manager needs may not be wished for, and names must be names', () => {
    for (const name of ['port', 'listen_addresses', 'cluster_name', 'log_statement', 'A b', '']) {
      assert.throws(() => renderSettings(place, { [name]: 'x' }), /assertion failed/, name);
    }
  });
});
