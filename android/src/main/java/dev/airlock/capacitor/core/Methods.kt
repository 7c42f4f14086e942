package dev.airlock.capacitor.core

import dev.airlock.ffi.DownloadRequest
import dev.airlock.ffi.ResetTo

/** The plugin's methods by name: options in, the payload of `call.resolve(payload)` out, or a [Rejection]. */
class Methods(private val updater: Updater) {
    private val airlock = updater.airlock

    private val methods: Map<String, Method> = mapOf(
        "notifyAppReady" to quick { mapOf("bundle" to Payload.of(updater.ready(it.optional("token").orEmpty()))) },
        "current" to quick { Payload.of(airlock.current()) },
        "getLatest" to network { Payload.of(airlock.check()) },
        "sync" to network { Payload.of(airlock.sync()) },
        "download" to network { Payload.of(airlock.download(downloadRequest(it))) },
        "next" to quick { Payload.of(airlock.next(it.required("id"))) },
        "set" to quick { options -> nothing { updater.switch { set(options.required("id")) } } },
        "reload" to quick { nothing { updater.switch { reload() } } },
        "reset" to quick { options -> nothing { updater.switch { reset(resetTo(options)) } } },
        "list" to quick { mapOf("bundles" to airlock.list().map { Payload.of(it) }) },
        "delete" to quick { nothing { airlock.delete(it.required("id")) } },
        "getNextBundle" to quick { airlock.nextBundle()?.let { Payload.of(it) } },
        "getFailedUpdate" to quick { airlock.takeFailedUpdate()?.let { mapOf("bundle" to Payload.of(it.bundle)) } },
        "setMultiDelay" to quick { nothing { airlock.delayUntil(it.delayConditions()) } },
        "cancelDelay" to quick { nothing { airlock.delayUntil(emptyList()) } },
        "getDelayConditions" to quick { Payload.of(airlock.delayConditions()) },
        "cancelDownload" to quick { nothing { airlock.cancel() } },
        "setRequestToken" to quick { nothing { airlock.setRequestToken(it.optional("token")) } },
        "setRequestKey" to quick { nothing { airlock.setRequestKey(it.optional("key")) } },
        "triggerUpdateCheck" to quick { mapOf("status" to updater.updateByItself()) },
        "getFailures" to quick { mapOf("failures" to airlock.failures().map { it.toPayload() }) },
        "setChannel" to network { options -> triggering(options) { Payload.of(airlock.setChannel(options.required("channel"))) } },
        "unsetChannel" to network { options -> triggering(options) { nothing { airlock.unsetChannel() } } },
        "getChannel" to network { Payload.of(airlock.channel()) },
        "getDeviceId" to quick { mapOf("deviceId" to airlock.deviceId()) },
        "setCustomId" to quick { nothing { airlock.setCustomId(it.text("customId")) } },
        "listChannels" to network { mapOf("channels" to airlock.channels().map { Payload.of(it) }) },
    )

    /** Every name that [call] knows. */
    val names: Set<String> get() = methods.keys

    /**
     * Carries out one call on a thread of the updater's and answers there: null for a method that answers nothing, or
     * "there is none". What goes wrong is a [Rejection].
     */
    fun call(name: String, options: Json, answer: (Result<Json?>) -> Unit) {
        val method = methods[name]
            ?: return answer(Result.failure(Rejection("UNIMPLEMENTED", "the plugin Airlock has no method `$name`")))
        updater.run(method.work) {
            val outcome = runCatching { method.body(Options(options)) }
            answer(outcome.recoverCatching { throw Rejection.of(it) })
        }
    }

    private class Method(val work: Updater.Work, val body: (Options) -> Json?)

    private fun quick(body: (Options) -> Json?) = Method(Updater.Work.QUICK, body)

    private fun network(body: (Options) -> Json?) = Method(Updater.Work.NETWORK, body)

    private fun nothing(body: () -> Unit): Json? {
        body()
        return null
    }

    /** With `triggerAutoUpdate`, what `autoUpdate` asks for follows; nobody waits for it. */
    private fun triggering(options: Options, body: () -> Json?): Json? {
        val triggers = options.flag("triggerAutoUpdate")
        return body().also { if (triggers) updater.updateSoon() }
    }

    private fun downloadRequest(options: Options) = DownloadRequest(
        url = options.required("url"),
        version = options.required("version"),
        checksum = options.optional("checksum"),
        sessionKey = options.optional("sessionKey"),
    )

    private fun resetTo(options: Options) =
        if (options.flag("toLastSuccessful")) ResetTo.LAST_SUCCESSFUL else ResetTo.EMBEDDED
}
