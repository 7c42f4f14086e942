package dev.airlock.tests

import android.content.pm.PackageInfo
import android.net.ConnectivityManager
import android.os.Bundle
import android.os.PowerManager
import android.webkit.WebView
import androidx.appcompat.app.AppCompatActivity
import androidx.webkit.WebViewCompat
import com.getcapacitor.Bridge
import com.getcapacitor.CapConfig
import com.getcapacitor.android.R
import dev.airlock.capacitor.AirlockPlugin
import org.json.JSONObject
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadows.ShadowWebView
import java.io.File

/** What BridgeActivity does, without its theme and layout, which the resource compiler would have to make. */
class TestActivity : AppCompatActivity() {
    lateinit var bridge: Bridge

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(WebView(this).apply { id = R.id.webview })
        bridge = Bridge.Builder(this).addPlugin(AirlockPlugin::class.java).setConfig(config).create()
    }

    override fun onStart() {
        super.onStart()
        bridge.onStart()
    }

    override fun onStop() {
        super.onStop()
        bridge.onStop()
    }

    override fun onDestroy() {
        super.onDestroy()
        bridge.onDestroy()
    }

    companion object {
        /** Robolectric makes the activity, so this is where it finds the app's configuration. */
        lateinit var config: CapConfig
    }
}

/** An installed app: its APK, its configuration, and a process that can be killed. */
class TestApp(private val folder: File) {
    private val application = RuntimeEnvironment.getApplication()
    private var activity: ActivityController<TestActivity>? = null

    val bridge: Bridge get() = activity!!.get().bridge
    val webView: WebView get() = bridge.webView

    fun connectivity(): ConnectivityManager = application.getSystemService(ConnectivityManager::class.java)

    fun power(): PowerManager = application.getSystemService(PowerManager::class.java)

    init {
        killProcess()
        application.applicationInfo.sourceDir = Phone.apk(folder).path
        nativeVersion("1.0.0", 1)
        // Capacitor asks for its version, and stops where there is none.
        ShadowWebView.setCurrentWebViewPackage(PackageInfo().apply { packageName = "com.android.webview"; versionName = "140.0" })
    }

    /** The app's capacitor.config. */
    fun configure(plugin: Map<String, Any?>, serverUrl: String? = null) {
        TestActivity.config = CapConfig.Builder(application)
            .setPluginsConfiguration(JSONObject(mapOf("Airlock" to JSONObject(plugin))))
            .setServerUrl(serverUrl)
            // Robolectric has no service workers.
            .setResolveServiceWorkerRequests(false)
            .create()
    }

    fun nativeVersion(name: String, code: Int) {
        val info = shadowOf(application.packageManager).getInternalMutablePackageInfo(application.packageName)
        info.versionName = name
        info.longVersionCode = code.toLong()
    }

    fun breakInstallation() {
        application.applicationInfo.sourceDir = null
    }

    /** The user taps the icon. */
    fun start(): TestApp {
        activity = Robolectric.buildActivity(TestActivity::class.java).setup()
        return this
    }

    fun toBackground() {
        activity!!.pause().stop()
    }

    /** What is in memory is gone. */
    fun killProcess() {
        activity = null
        val process = Class.forName("dev.airlock.capacitor.AirlockProcess")
        process.getDeclaredField("updater").apply { isAccessible = true }.set(null, null)
    }

    fun settings() = application.getSharedPreferences("CapWebViewSettings", 0)

    /** The token that documents get which begin now. */
    fun token(): String? = WebViewCompat.scripts(webView).firstNotNullOfOrNull { """token: "([^"]+)"""".toRegex().find(it) }?.groupValues?.get(1)
}
