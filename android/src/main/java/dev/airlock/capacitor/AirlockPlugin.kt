package dev.airlock.capacitor

import com.getcapacitor.Logger
import com.getcapacitor.Plugin
import com.getcapacitor.PluginCall
import com.getcapacitor.PluginMethod
import com.getcapacitor.annotation.CapacitorPlugin
import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Rejection
import dev.airlock.capacitor.core.Updater

/**
 * Between Capacitor and the updater: calls and events are translated here, and the activity's life is passed on.
 * Which bundle the web view loads is settled in [load], which Capacitor calls before it loads a page.
 */
@CapacitorPlugin(name = "Airlock")
class AirlockPlugin : Plugin() {
    private var updater: Updater? = null
    private var methods: Methods? = null
    private var screen: AppScreen? = null

    /** Never throws: without a working engine the app shows the bundle it was shipped with (R6). */
    override fun load() {
        val screen = AppScreen(bridge, ::tell, ::forgetListeners).also { screen = it }
        try {
            val updater = AirlockProcess.updater(context, bridge.config).also { updater = it }
            methods = Methods(updater)
            if (bridge.serverUrl != null) return warn("server.url is set, so the page is not a bundle's and Airlock leaves it alone")
            screen.open(updater.attach(screen))
            PageWatch(bridge, updater).start()
        } catch (fault: Throwable) {
            // A missing native library is an Error, not an Exception.
            Logger.error(TAG, "the engine does not start; the embedded bundle is shown", fault)
            screen.openEmbedded()
        }
    }

    override fun handleOnStart() {
        updater?.foreground()
    }

    /** A rotation makes the activity anew and is no reason to apply an update. */
    override fun handleOnStop() {
        if (!activity.isChangingConfigurations) updater?.background()
    }

    override fun handleOnDestroy() {
        screen?.let { updater?.detach(it) }
    }

    @PluginMethod fun notifyAppReady(call: PluginCall) = serve(call)

    @PluginMethod fun current(call: PluginCall) = serve(call)

    @PluginMethod fun getLatest(call: PluginCall) = serve(call)

    @PluginMethod fun sync(call: PluginCall) = serve(call)

    @PluginMethod fun download(call: PluginCall) = serve(call)

    @PluginMethod fun next(call: PluginCall) = serve(call)

    @PluginMethod fun set(call: PluginCall) = serve(call)

    @PluginMethod fun reload(call: PluginCall) = serve(call)

    @PluginMethod fun reset(call: PluginCall) = serve(call)

    @PluginMethod fun list(call: PluginCall) = serve(call)

    @PluginMethod fun delete(call: PluginCall) = serve(call)

    @PluginMethod fun getNextBundle(call: PluginCall) = serve(call)

    @PluginMethod fun getFailedUpdate(call: PluginCall) = serve(call)

    @PluginMethod fun setMultiDelay(call: PluginCall) = serve(call)

    @PluginMethod fun cancelDelay(call: PluginCall) = serve(call)

    @PluginMethod fun getDelayConditions(call: PluginCall) = serve(call)

    @PluginMethod fun cancelDownload(call: PluginCall) = serve(call)

    @PluginMethod fun setRequestToken(call: PluginCall) = serve(call)

    @PluginMethod fun setRequestKey(call: PluginCall) = serve(call)

    @PluginMethod fun getFailures(call: PluginCall) = serve(call)
    @PluginMethod fun setChannel(call: PluginCall) = serve(call)

    @PluginMethod fun unsetChannel(call: PluginCall) = serve(call)

    @PluginMethod fun getChannel(call: PluginCall) = serve(call)

    @PluginMethod fun listChannels(call: PluginCall) = serve(call)

    @PluginMethod fun getDeviceId(call: PluginCall) = serve(call)

    @PluginMethod fun setCustomId(call: PluginCall) = serve(call)

    @PluginMethod fun triggerUpdateCheck(call: PluginCall) = serve(call)

    private fun serve(call: PluginCall) {
        val methods = methods ?: return reject(call, Rejection(Rejection.INTERNAL, ENGINE_MISSING))
        methods.call(call.methodName, call.data.toJson()) { answer ->
            answer.fold({ json -> if (json == null) call.resolve() else call.resolve(json.toJsObject()) }) { fault ->
                reject(call, Rejection.of(fault))
            }
        }
    }

    private fun reject(call: PluginCall, rejection: Rejection) = call.reject(rejection.message, rejection.code)

    /** On the thread on which Capacitor keeps its lists of listeners. */
    private fun tell(event: String, data: Json, isRetained: Boolean) =
        bridge.execute { notifyListeners(event, data.toJsObject(), isRetained) }

    /** The outgoing page must not take the events that are meant for the next one. */
    private fun forgetListeners() = bridge.execute { removeAllListeners() }

    private fun warn(text: String) = Logger.warn(TAG, text)

    private companion object {
        const val TAG = "Airlock"
        const val ENGINE_MISSING = "Airlock's engine could not be started in this app; the device's log says why"
    }
}
