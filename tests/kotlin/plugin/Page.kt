package dev.airlock.tests

import android.net.Uri
import android.os.Looper
import android.webkit.WebResourceRequest
import androidx.webkit.JavaScriptReplyProxy
import androidx.webkit.WebMessageCompat
import androidx.webkit.WebViewCompat
import org.json.JSONObject
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** The page in a web view, as Capacitor's native-bridge.js speaks for it: messages out, messages in, requests. */
class Page(private val app: TestApp) {
    private val webView = app.webView
    private val inbox = LinkedBlockingQueue<JSONObject>()
    private val reply = object : JavaScriptReplyProxy() {
        override fun postMessage(message: String) {
            inbox += JSONObject(message)
        }
    }
    private var calls = 0

    init {
        // Capacitor learns after a message where to answer, so the first one may be answered elsewhere.
        addListener("download")
    }

    /** `Airlock.method(options)`: what native-bridge.js would settle the promise with. */
    fun call(method: String, vararg options: Pair<String, Any?>): JSONObject {
        val id = send(method, JSONObject(options.toMap()))
        return receive { it.getString("callbackId") == id }
    }

    fun addListener(event: String): String = send("addListener", JSONObject().put("eventName", event))

    /** The payload of the next event for a listener. */
    fun hears(listener: String): JSONObject = receive { it.getString("callbackId") == listener }.getJSONObject("data")

    fun hasHeardNothing(listener: String) = inbox.none { it.getString("callbackId") == listener }

    fun failsWith(message: String) =
        WebViewCompat.listener(webView, "AirlockPage").onPostMessage(webView, WebMessageCompat(message), ORIGIN, true, reply)

    /** What the local server answers. */
    fun get(path: String): String = app.bridge.localServer.shouldInterceptRequest(Request(path)).data.readBytes().decodeToString()

    private fun send(method: String, options: JSONObject): String {
        val id = "${calls++}"
        val message = JSONObject(mapOf("callbackId" to id, "pluginId" to "Airlock", "methodName" to method, "options" to options))
        WebViewCompat.listener(webView, "androidBridge").onPostMessage(webView, WebMessageCompat("$message"), ORIGIN, true, reply)
        return id
    }

    /** Messages that were not asked for are put back in their order. */
    private fun receive(wanted: (JSONObject) -> Boolean): JSONObject {
        val others = mutableListOf<JSONObject>()
        val found = generateSequence { inbox.poll(30, TimeUnit.SECONDS) }
            .firstOrNull { message -> wanted(message).also { if (!it) others += message } }
        inbox += others
        return found ?: error("no such message came; there are $inbox")
    }

    private class Request(private val path: String) : WebResourceRequest {
        override fun getUrl(): Uri = Uri.parse("https://localhost$path")

        override fun isForMainFrame() = path == "/"

        override fun isRedirect() = false

        override fun hasGesture() = false

        override fun getMethod() = "GET"

        override fun getRequestHeaders() = emptyMap<String, String>()
    }

    companion object {
        private val ORIGIN = Uri.parse("https://localhost")

        /** Lets the main thread do what was posted to it, until [condition] holds. */
        fun until(what: String, condition: () -> Boolean) {
            repeat(3_000) {
                shadowOf(Looper.getMainLooper()).idle()
                if (condition()) return
                Thread.yield()
                java.util.concurrent.locks.LockSupport.parkNanos(10_000_000)
            }
            error("did not happen: $what")
        }
    }
}
