package dev.airlock.capacitor

import android.content.Context
import com.getcapacitor.Logger
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.Airlock
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.Platform
import dev.airlock.ffi.Setup
import java.io.File
import java.io.IOException

/**
 * The updater of this process. A process has one, whatever becomes of its activities: a launch is counted once, and a
 * download goes on when the user turns the phone.
 */
internal object AirlockProcess {
    private var updater: Updater? = null

    /** Throws where the native library cannot be loaded. */
    @Synchronized
    fun updater(context: Context): Updater = updater ?: open(context.applicationContext).also { updater = it }

    private fun open(app: Context): Updater {
        val setup = setup(app)
        return Updater(open = { events -> Airlock(setup, events, AndroidTrust.create()) }) { Logger.warn("Airlock", it) }
    }

    private fun setup(app: Context): Setup {
        val info = app.applicationInfo
        return Setup(
            // Not in a backup: another device's state, or half of one, is worse than none.
            stateDir = File(app.noBackupFilesDir, "airlock").path,
            embedded = EmbeddedSource.Apk(listOf(info.sourceDir) + info.splitSourceDirs.orEmpty()),
            configJson = configuration(app),
            platform = Platform.ANDROID,
            nativeVersion = app.packageManager.getPackageInfo(app.packageName, 0).versionName,
            appId = app.packageName,
        )
    }

    /** What `npx cap sync` put into the app. The engine warns of a configuration that it cannot read. */
    private fun configuration(app: Context): String = try {
        app.assets.open("capacitor.config.json").use { it.readBytes().decodeToString() }
    } catch (_: IOException) {
        "{}"
    }
}
