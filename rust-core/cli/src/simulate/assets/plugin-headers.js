// What Capacitor's JSExport writes for each native plugin: the headers that make registerPlugin take the native path,
// and a proxy below Capacitor.Plugins. inject.rs calls it with the `headers`.
function airlockPluginHeaders(headers) {
  'use strict';
  const capacitor = window.Capacitor;
  for (const { name, methods } of headers) {
    const plugin = (capacitor.Plugins[name] = {});
    plugin.addListener = (eventName, callback) => capacitor.addListener(name, eventName, callback);
    for (const method of methods.filter(({ rtype }) => rtype === 'promise')) {
      plugin[method.name] = (options) => capacitor.nativePromise(name, method.name, options);
    }
  }
  capacitor.PluginHeaders = headers;
  // A phone's document does not contain its document-start scripts; neither does this one from here on.
  document.currentScript?.remove();
}
