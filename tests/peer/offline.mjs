// Loaded into the peer's command line before anything of its own: it reaches this machine and nothing else.
import net from 'node:net';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = typeof options === 'object' ? options.host : args[1];
  if (typeof options === 'object' && options.path !== undefined) return connect.apply(this, args);
  if (host !== undefined && !LOOPBACK.has(host)) {
    process.nextTick(() => this.destroy(new Error(`the tests are offline: ${host} is not asked`)));
    return this;
  }
  return connect.apply(this, args);
};
