package dev.airlock.capacitor

import android.os.Build
import android.os.Handler
import android.os.Looper
import android.webkit.RenderProcessGoneDetail
import android.webkit.WebView
import androidx.annotation.RequiresApi
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import com.getcapacitor.Bridge
import com.getcapacitor.WebViewListener
import dev.airlock.capacitor.core.Updater

/** Sees a page fail: the errors that nobody caught, and the crash of its process. */
internal class PageWatch(private val bridge: Bridge, private val updater: Updater) : WebViewListener() {
    fun start() {
        hearErrors()
        // The bridge's builder replaces the listeners after the plugins are loaded, so not before that.
        Handler(Looper.getMainLooper()).post { bridge.addWebViewListener(this) }
    }

    /**
     * The web view cannot be used again. After a crash on trial the activity is made anew, with the bundle that runs
     * instead. Anything else is the app's own affair, or the system's, which ends the app if nobody else cares.
     */
    @RequiresApi(Build.VERSION_CODES.O)
    override fun onRenderProcessGone(webView: WebView, detail: RenderProcessGoneDetail): Boolean {
        if (!detail.didCrash() || !updater.rendererCrashed()) return false
        bridge.activity.recreate()
        return true
    }

    private fun hearErrors() {
        if (!WebViewFeature.isFeatureSupported(WebViewFeature.WEB_MESSAGE_LISTENER)) return
        try {
            WebViewCompat.addWebMessageListener(bridge.webView, NAME, setOf(bridge.localUrl)) { _, message, _, isMainFrame, _ ->
                val text = message.data
                if (isMainFrame && text != null) updater.pageFailed(text)
            }
        } catch (_: IllegalArgumentException) {
            // An origin with a scheme of the app's own: pages go unheard, and are rolled back all the same.
        }
    }

    companion object {
        const val NAME = "AirlockPage"
    }
}
