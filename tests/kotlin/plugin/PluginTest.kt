package dev.airlock.tests

import android.net.ConnectivityManager
import android.webkit.JavascriptInterface
import android.webkit.RenderProcessGoneDetail
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import dev.airlock.capacitor.core.Methods
import org.json.JSONObject
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** The plugin in Capacitor's unedited Bridge, in an activity on Android's framework, with the real engine behind it. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
class PluginTest {
    @get:Rule val folder = TemporaryFolder()

    private lateinit var author: Author
    private lateinit var app: TestApp

    @Before fun install() {
        author = Author(folder.newFolder("project"), RuntimeEnvironment.getApplication().packageName)
        app = TestApp(folder.root)
        app.configure(configuration())
    }

    @After fun stop() {
        WebViewFeature.SUPPORTED += WebViewFeature.DOCUMENT_START_SCRIPT
        author.close()
    }

    @Test fun `a first start shows the embedded bundle, and its page has a token before Capacitor's own script`() {
        app.start()
        assertEquals("public", app.bridge.serverBasePath)
        assertNotNull(app.token())
        val scripts = WebViewCompat.scripts(app.webView)
        assertEquals(2, scripts.size)
        assertTrue("AirlockLaunch" in scripts[0] && "window.Capacitor" in scripts[1])
        assertTrue("no frame gets it", "window.top !== window.self" in scripts[0])
    }

    @Test fun `Capacitor finds every method that the page is promised`() {
        val handle = app.start().bridge.getPlugin("Airlock")
        val own = handle.methods.map { it.name }.toSet() - CAPACITORS_OWN
        assertEquals(Methods(Phone(folder.root, emptyMap()).process()).names, own)
        assertTrue(handle.methods.filter { it.name in own }.all { it.returnType == "promise" })
    }

    @Test fun `an update goes from the page's sync to its successor's notifyAppReady`() {
        val old = Page(app.start())
        val oldToken = app.token()
        author.publish("2.0.0")
        assertEquals("staged", old.call("sync").data().getString("result"))
        val oldListener = old.addListener("set")

        assertTrue(old.call("reload").getBoolean("success"))
        Page.until("the files of the update") { app.bridge.serverBasePath != "public" }
        assertNotEquals(oldToken, app.token())
        assertEquals("one token a document", 2, WebViewCompat.scripts(app.webView).size)

        val new = Page(app)
        assertTrue(new.get("/").contains("2.0.0"))
        assertTrue(new.get("/main.js").contains("2.0.0"))
        assertEquals("2.0.0", new.hears(new.addListener("set")).bundle().getString("version"))
        assertEquals(0, new.hears(new.addListener("appReloaded")).length())
        assertEquals("pending", new.call("notifyAppReady", "token" to oldToken).data().bundle().getString("status"))
        val ready = new.call("notifyAppReady", "token" to app.token()).data().bundle()
        assertEquals(setOf("id", "version", "downloaded", "checksum", "status", "sequence"), ready.keys().asSequence().toSet())
        assertEquals("success" to 1, ready.getString("status") to ready.getInt("sequence"))
        assertTrue("the outgoing page heard nothing", old.hasHeardNothing(oldListener))
    }

    @Test fun `after a restart the first request is answered from the update already`() {
        val root = installUpdate()
        app.killProcess()
        app.start()
        assertEquals(root, app.bridge.serverBasePath)
        assertTrue(Page(app).get("/").contains("2.0.0"))
    }

    @Test fun `with wifiOnly what Android says of the connection counts`() {
        app.configure(configuration("wifiOnly" to true))
        author.publish("2.0.0")
        val page = Page(app.start())
        val connectivity = app.connectivity()
        assertTrue("the framework's phone begins on a mobile network", connectivity.isActiveNetworkMetered)
        assertEquals("metered", page.call("sync").data().getString("reason"))
        shadowOf(connectivity).setActiveNetworkInfo(connectivity.getNetworkInfo(ConnectivityManager.TYPE_WIFI))
        assertFalse(connectivity.isActiveNetworkMetered)
        shadowOf(app.power()).setIsPowerSaveMode(true)
        assertEquals("low-battery", page.call("sync").data().getString("reason"))
        shadowOf(app.power()).setIsPowerSaveMode(false)
        assertEquals("staged", page.call("sync").data().getString("result"))
    }

    @Test fun `a path that somebody left in Capacitor's settings is not followed`() {
        app.start()
        app.settings().edit().putString("serverBasePath", folder.newFolder("stale").path).commit()
        app.killProcess()
        app.start()
        assertEquals("public", app.bridge.serverBasePath)
    }

    @Test fun `the first run of a new binary shows what the engine says, though Capacitor forgets the path`() {
        val root = installUpdate()
        app.killProcess()
        app.nativeVersion("1.0.0", 2)
        app.start()
        Page.until("the path is set again") { app.bridge.serverBasePath == root }
    }

    @Test fun `a staged update is applied when the app leaves the screen`() {
        author.publish("2.0.0")
        assertEquals("staged", Page(app.start()).call("sync").data().getString("result"))
        app.toBackground()
        Page.until("the update is shown") { app.bridge.serverBasePath != "public" }
    }

    @Test fun `refusals carry code and message, and null is no data`() {
        val page = Page(app.start())
        val refused = page.call("next")
        assertFalse(refused.getBoolean("success"))
        assertEquals("usage", refused.getJSONObject("error").getString("code"))
        assertTrue(refused.getJSONObject("error").getString("message").contains("`id`"))
        assertEquals("bundle_unknown", page.call("next", "id" to "0".repeat(64)).getJSONObject("error").getString("code"))
        val none = page.call("getNextBundle")
        assertTrue(none.getBoolean("success"))
        assertFalse(none.has("data"))
        assertEquals(0, page.call("getDelayConditions").data().getJSONArray("delayConditions").length())
    }

    @Test fun `a crash of the web view on trial makes the activity anew with the fallback`() {
        installTrial()
        val crashed = app.bridge
        assertFalse("the system took it for its memory", app.bridge.webViewClient.onRenderProcessGone(app.webView, Gone(false)))
        assertTrue(app.bridge.webViewClient.onRenderProcessGone(app.webView, Gone(true)))
        Page.until("the activity is made anew") { app.bridge !== crashed }
        assertEquals("public", app.bridge.serverBasePath)
        val page = Page(app)
        assertTrue(page.hears(page.addListener("updateFailed")).getString("reason").contains("crashed"))
        assertFalse("nothing left to fall back to", app.bridge.webViewClient.onRenderProcessGone(app.webView, Gone(true)))
    }

    @Test fun `a silent trial is rolled back, and its last error is told`() {
        app.configure(configuration("appReadyTimeout" to 1000))
        installTrial()
        Page(app).failsWith("ReferenceError: app is not defined")
        Page.until("the fallback is shown") { app.bridge.serverBasePath == "public" }
        val page = Page(app)
        assertTrue(page.hears(page.addListener("updateFailed")).getString("reason").endsWith("ReferenceError: app is not defined"))
    }

    @Test fun `an old web view gives the token as an object of the document`() {
        WebViewFeature.SUPPORTED -= WebViewFeature.DOCUMENT_START_SCRIPT
        app.start()
        assertTrue(WebViewCompat.scripts(app.webView).isEmpty())
        val first = tokenOfObject()
        val ready = Page(app).call("notifyAppReady", "token" to first)
        assertTrue(ready.getBoolean("success"))
        Page(app).call("reload")
        Page.until("a document of another launch has another token") { tokenOfObject() != first }
    }

    @Test fun `without a working engine the app starts, and calls are refused`() {
        app.breakInstallation()
        app.start()
        assertEquals("public", app.bridge.serverBasePath)
        assertNull(app.token())
        assertEquals("internal", Page(app).call("current").getJSONObject("error").getString("code"))
    }

    @Test fun `a development server's page is left alone`() {
        app.configure(configuration(), serverUrl = "http://localhost:5173")
        app.start()
        assertNull(app.token())
        val page = Page(app)
        assertEquals("1.0.0", page.call("current").data().bundle().getString("version"))
        assertEquals("usage", page.call("reload").getJSONObject("error").getString("code"))
    }

    private fun configuration(vararg more: Pair<String, Any?>) = mapOf(
        "updateUrl" to author.url,
        "publicKey" to author.publicKey,
        "allowInsecureLoopback" to true,
        "autoUpdate" to false,
    ) + more

    /** Syncs 2.0.0 and shows it, not confirmed. Answers its folder. */
    private fun installTrial(): String {
        author.publish("2.0.0")
        assertEquals("staged", Page(app.start()).call("sync").data().getString("result"))
        Page(app).call("reload")
        Page.until("the update is shown") { app.bridge.serverBasePath != "public" }
        return app.bridge.serverBasePath
    }

    private fun installUpdate(): String {
        val root = installTrial()
        Page(app).call("notifyAppReady", "token" to app.token())
        return root
    }

    /** As the web view would: by the annotated method. */
    private fun tokenOfObject(): Any? {
        val given = shadowOf(app.webView).getJavascriptInterface("AirlockLaunch") ?: return null
        val method = given.javaClass.methods.single { it.isAnnotationPresent(JavascriptInterface::class.java) }
        return method.apply { isAccessible = true }.invoke(given)
    }

    private fun JSONObject.data() = getJSONObject("data")

    private fun JSONObject.bundle() = getJSONObject("bundle")

    private class Gone(private val crashed: Boolean) : RenderProcessGoneDetail() {
        override fun didCrash() = crashed

        override fun rendererPriorityAtExit() = 0
    }

    private companion object {
        /** Of every plugin. */
        val CAPACITORS_OWN = setOf("addListener", "removeListener", "removeAllListeners", "checkPermissions", "requestPermissions")
    }
}
