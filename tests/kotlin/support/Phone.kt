package dev.airlock.tests

import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.Airlock
import dev.airlock.ffi.ClientIdentity
import dev.airlock.ffi.Conditions
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.Platform
import dev.airlock.ffi.SecureStore
import dev.airlock.ffi.ServerTrust
import dev.airlock.ffi.Setup
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** A phone with one app: its APK with the embedded bundle 1.0.0, and the state directory that outlives its processes. */
class Phone(private val folder: File, private val configuration: Map<String, Any?>) {
    /** What the updater logged. */
    val log = CopyOnWriteArrayList<String>()

    val stateDir = File(folder, "state")

    /** A new process of the app, with the real engine. */
    fun process(trust: ServerTrust? = null, store: SecureStore? = null, identity: ClientIdentity? = null, conditions: Conditions? = null): Updater =
        Updater(open = { Airlock(setup(), it, trust, store, identity, conditions) }) { log += it }

    private fun setup() = Setup(
        stateDir = stateDir.path,
        embedded = EmbeddedSource.Apk(listOf(apk(folder).path)),
        configJson = json(mapOf("appId" to Author.APP_ID, "plugins" to mapOf("Airlock" to configuration))),
        platform = Platform.ANDROID,
        nativeVersion = "1.0.0",
        appId = Author.APP_ID,
    )

    companion object {
        /** Texts as in JSON; those of the tests have nothing to escape but line ends. */
        fun json(value: Any?): String = when (value) {
            is Map<*, *> -> value.entries.joinToString(",", "{", "}") { (name, inner) -> "\"$name\":${json(inner)}" }
            is String -> "\"${value.replace("\n", "\\n")}\""
            else -> value.toString()
        }

        /** An APK as far as the engine reads it. */
        fun apk(folder: File): File = File(folder, "base.apk").also { file ->
            if (file.exists()) return@also
            ZipOutputStream(file.outputStream()).use { zip ->
                for ((name, text) in Author.webFiles("1.0.0")) {
                    zip.putNextEntry(ZipEntry("assets/public/$name"))
                    zip.write(text.toByteArray())
                }
            }
        }
    }
}
