package dev.airlock.capacitor

import android.content.Context
import com.getcapacitor.CapConfig
import com.getcapacitor.Logger
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.Airlock
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.Platform
import dev.airlock.ffi.Setup
import org.json.JSONException
import org.json.JSONObject
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
    fun updater(context: Context, config: CapConfig): Updater =
        updater ?: open(context.applicationContext, config).also { updater = it }

    private fun open(app: Context, config: CapConfig): Updater {
        val setup = setup(app, config)
        val store = AndroidKeys.secureStore(app)
        val identity = identityAlias(config)?.let { AndroidKeys.clientIdentity(app, it) }
        val conditions = DeviceConditions(app)
        return Updater(open = { events -> Airlock(setup, events, AndroidTrust.create(), store, identity, conditions) }) {
            Logger.warn("Airlock", it)
        }
    }

    /** The engine warns of a `clientIdentity` that it cannot read. */
    private fun identityAlias(config: CapConfig): String? =
        config.getPluginConfiguration(SECTIONS.first()).getObject("clientIdentity")?.optString("alias")?.takeIf { it.isNotEmpty() }

    private fun setup(app: Context, config: CapConfig): Setup {
        val info = app.applicationInfo
        return Setup(
            // Not in a backup: another device's state, or half of one, is worse than none.
            stateDir = File(app.noBackupFilesDir, "airlock").path,
            embedded = EmbeddedSource.Apk(listOf(info.sourceDir) + info.splitSourceDirs.orEmpty()),
            configJson = configuration(app, config).toString(),
            platform = Platform.ANDROID,
            nativeVersion = app.packageManager.getPackageInfo(app.packageName, 0).versionName,
            appId = app.packageName,
        )
    }

    /**
     * What `npx cap sync` put into the app, with the plugins' part as Capacitor has it: an app may set that in its
     * code. The engine warns of a configuration that it cannot read.
     */
    private fun configuration(app: Context, config: CapConfig): JSONObject {
        val sections = SECTIONS.associateWith { config.getPluginConfiguration(it).configJSON }.filterValues { it.length() > 0 }
        return synced(app).put("plugins", JSONObject(sections))
    }

    private fun synced(app: Context): JSONObject = try {
        JSONObject(app.assets.open("capacitor.config.json").use { it.readBytes().decodeToString() })
    } catch (_: IOException) {
        JSONObject()
    } catch (_: JSONException) {
        JSONObject()
    }

    /** The plugin's own part, and that of the one it replaces. */
    private val SECTIONS = listOf("Airlock", "CapacitorUpdater")
}
