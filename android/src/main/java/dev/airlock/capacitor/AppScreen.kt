package dev.airlock.capacitor

import android.content.Context
import android.os.Handler
import android.os.Looper
import com.getcapacitor.Bridge
import com.getcapacitor.plugin.WebView
import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Screen
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.Launch

/**
 * The web view of one activity. All that decides what a page is - files, token, the load itself - changes on the main
 * thread in one go, and a load under way is stopped before: no page can have the files of one launch and the token of
 * another (R2).
 */
internal class AppScreen(
    private val bridge: Bridge,
    private val tell: (event: String, data: Json, isRetained: Boolean) -> Unit,
    private val forgetListeners: () -> Unit,
) : Screen {
    private val main = Handler(Looper.getMainLooper())
    private val token = LaunchToken(bridge.webView, bridge.localUrl)

    /**
     * The bridge is being made and will load its first page when this returns, from the path that its preference names.
     * So that preference is never older than this launch. Where Capacitor goes its own way (it ignores the path in the
     * first run of a new binary, and with the preference DisableDeploy), the path is set once the bridge is there:
     * before this thread can show a page.
     */
    fun open(launch: Launch) {
        token.give(launch.token)
        preferPath(launch.root)
        main.post { if (!isHosting(launch.root)) host(launch.root) }
    }

    /** The same without a launch: the page has no token. */
    fun openEmbedded() = preferPath(null)

    override fun show(launch: Launch, shown: () -> Unit) {
        main.post {
            bridge.webView.stopLoading()
            token.give(launch.token)
            // Scripts and styles of the old bundle have the URLs of the new one's.
            bridge.webView.clearCache(false)
            host(launch.root)
            forgetListeners()
            shown()
        }
    }

    override fun notify(event: String, data: Json, delivery: Delivery) = tell(event, data, delivery == Delivery.RETAINED)

    private fun host(root: String?) {
        bridge.webView.stopLoading()
        if (root == null) bridge.setServerAssetPath(Bridge.DEFAULT_WEB_ASSET_DIR) else bridge.setServerBasePath(root)
    }

    private fun isHosting(root: String?) = bridge.serverBasePath == (root ?: Bridge.DEFAULT_WEB_ASSET_DIR)

    private fun preferPath(root: String?) = bridge.context
        .getSharedPreferences(WebView.WEBVIEW_PREFS_NAME, Context.MODE_PRIVATE)
        .edit().putString(WebView.CAP_SERVER_PATH, root.orEmpty()).apply()
}
