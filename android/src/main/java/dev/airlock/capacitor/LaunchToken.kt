package dev.airlock.capacitor

import android.annotation.SuppressLint
import android.webkit.JavascriptInterface
import android.webkit.WebView
import androidx.webkit.ScriptHandler
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import org.json.JSONObject

/**
 * Hands the launch token to the pages that load from now on, before any script of theirs runs, and to no page that is
 * there already: a document keeps what it began with.
 *
 * Web views since 2020 take a script for the start of each document. Older ones take an object, which the platform
 * gives to documents that begin after it was added; its `token` is a function, since such objects have no fields.
 *
 * @param origin the app's own, the only one that gets the script
 */
internal class LaunchToken(private val webView: WebView, private val origin: String) {
    private var script: ScriptHandler? = null

    fun give(token: String) {
        script?.remove()
        script = null
        if (WebViewFeature.isFeatureSupported(WebViewFeature.DOCUMENT_START_SCRIPT)) {
            try {
                script = WebViewCompat.addDocumentStartJavaScript(webView, scriptFor(token), setOf(origin))
                return
            } catch (_: IllegalArgumentException) {
                // An origin with a scheme of the app's own; Capacitor goes without the script there, too.
            }
        }
        giveObject(token)
    }

    @SuppressLint("JavascriptInterface")
    private fun giveObject(token: String) {
        webView.removeJavascriptInterface(NAME)
        webView.addJavascriptInterface(LaunchObject(token), NAME)
    }

    private class LaunchObject(private val token: String) {
        @JavascriptInterface
        @Suppress("unused")
        fun token(): String = token
    }

    private companion object {
        const val NAME = "AirlockLaunch"

        /** Not in frames: the outgoing page could open one after the switch, and read the token of the next launch. */
        fun scriptFor(token: String) = """
            (function () {
              if (window.top !== window.self) return;
              Object.defineProperty(window, '$NAME', { value: Object.freeze({ token: ${JSONObject.quote(token)} }) });
              var report = function (what) {
                if (window.${PageWatch.NAME}) window.${PageWatch.NAME}.postMessage(String(what).slice(0, 500));
              };
              window.addEventListener('error', function (event) { if (event.message) report(event.message); });
              window.addEventListener('unhandledrejection', function (event) { report(event.reason); });
            })();
        """.trimIndent()
    }
}
