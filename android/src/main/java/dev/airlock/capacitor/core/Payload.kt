package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockEvent
import dev.airlock.ffi.BundleInfo
import dev.airlock.ffi.ChannelInfo
import dev.airlock.ffi.Current
import dev.airlock.ffi.DelayCondition
import dev.airlock.ffi.DownloadResult
import dev.airlock.ffi.FollowedChannel
import dev.airlock.ffi.LatestVersion
import dev.airlock.ffi.SyncResult

/** The engine's records in the shapes that src-ts/definitions.ts and events.ts promise. What is absent has no key. */
internal object Payload {
    fun of(bundle: BundleInfo): Json = present(
        "id" to bundle.id,
        "version" to bundle.version,
        "downloaded" to bundle.downloaded,
        "checksum" to bundle.checksum,
        "status" to bundle.status,
        "sequence" to bundle.sequence?.toLong(),
    )

    fun of(current: Current): Json = mapOf("bundle" to of(current.bundle), "native" to current.native)

    fun of(latest: LatestVersion): Json = present(
        "version" to latest.version,
        "kind" to latest.kind,
        "sequence" to latest.sequence?.toLong(),
        "checksum" to latest.checksum,
        "error" to latest.error,
        "message" to latest.message,
    )

    fun of(sync: SyncResult): Json = present(
        "result" to sync.result,
        "bundle" to sync.bundle?.let(::of),
        "bytesDownloaded" to sync.bytesDownloaded.toLong(),
        "route" to sync.route,
        "code" to sync.code,
        "message" to sync.message,
        "reason" to sync.reason,
    )

    fun of(download: DownloadResult): Json =
        of(download.bundle) + present("warnings" to download.warnings.takeIf { it.isNotEmpty() })

    fun of(conditions: List<DelayCondition>): Json =
        mapOf("delayConditions" to conditions.map { present("kind" to it.kind, "value" to it.value) })

    fun of(followed: FollowedChannel): Json =
        mapOf("channel" to followed.channel, "status" to followed.status, "allowSet" to followed.allowSet)

    fun of(channel: ChannelInfo): Json = mapOf(
        "id" to channel.id.toLong(),
        "name" to channel.name,
        "public" to channel.isPublic,
        "allow_self_set" to channel.allowSelfSet,
    )

    fun of(bundle: BundleInfo, name: String): Json = mapOf(name to of(bundle))

    /** An event's name and payload. */
    fun of(event: AirlockEvent): Pair<String, Json> = when (event) {
        is AirlockEvent.Download -> "download" to mapOf("percent" to event.percent.toLong(), "bundle" to of(event.bundle))
        is AirlockEvent.UpdateAvailable -> "updateAvailable" to mapOf("bundle" to of(event.bundle))
        is AirlockEvent.DownloadComplete -> "downloadComplete" to mapOf("bundle" to of(event.bundle))
        is AirlockEvent.DownloadFailed -> "downloadFailed" to mapOf(
            "version" to event.version,
            "code" to event.code,
            "reason" to event.reason,
            "attempt" to event.attempt.toLong(),
            "phase" to event.phase,
        )
        is AirlockEvent.UpdateFailed -> "updateFailed" to mapOf(
            "bundle" to of(event.bundle),
            "version" to event.version,
            "code" to event.code,
            "reason" to event.reason,
            "attempt" to event.attempt.toLong(),
            "phase" to event.phase,
        )
        is AirlockEvent.Set -> "set" to mapOf("bundle" to of(event.bundle))
        is AirlockEvent.AppReady -> "appReady" to mapOf("bundle" to of(event.bundle), "status" to event.status)
        is AirlockEvent.AppReloaded -> "appReloaded" to emptyMap()
    }

    private fun present(vararg fields: Pair<String, Any?>): Json = fields.filter { it.second != null }.toMap()
}
