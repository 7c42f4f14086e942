package dev.airlock.tests

import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.Launch
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File

/** The life of the app's process, with the real engine and real signed releases. */
class UpdaterTest {
    @get:Rule val folder = TemporaryFolder()

    private lateinit var author: Author
    private val screen = TestScreen()

    @Before fun start() {
        author = Author(folder.newFolder("project"))
    }

    @After fun stop() = author.close()

    @Test fun `an update is fetched, applied in the background, confirmed, and there after a restart`() {
        val phone = phone()
        val updater = phone.process()
        val first = updater.attach(screen)
        assertNull("the embedded bundle is Capacitor's own", first.root)

        publishAndSync(updater, "2.0.0")
        updater.background()
        val second = screen.shows(andThen = {
            assertTrue("the outgoing page must not hear of its successor", screen.heardNothingOf("set"))
        })
        assertEquals("2.0.0", second.bundle.version)
        assertTrue(File(second.root!!, "index.html").readText().contains("2.0.0"))
        assertEquals(Delivery.RETAINED, screen.hears("set").delivery)

        updater.ready(first.token)
        assertEquals("the outgoing page confirms nothing", "pending", status(updater))
        updater.ready(second.token)
        assertEquals("success", status(updater))

        val restarted = phone.process().attach(TestScreen())
        assertEquals(second.bundle.id, restarted.bundle.id)
        assertNotEquals(second.token, restarted.token)
    }

    @Test fun `a bundle that stays silent is rolled back, and the reason names its last error`() {
        val updater = phone("appReadyTimeout" to 1000).process()
        updater.attach(screen)
        publishAndSync(updater, "2.0.0")
        updater.background()
        assertEquals("2.0.0", screen.shows().bundle.version)

        updater.pageFailed("TypeError: boot is not a function")
        updater.foreground()
        assertNull("back to the embedded bundle", screen.shows().root)
        val failed = screen.hears("updateFailed")
        assertEquals("bundle_failed", failed.data["code"])
        assertTrue(failed.data["reason"].toString(), failed.data["reason"].toString().endsWith("TypeError: boot is not a function"))
        assertEquals(Delivery.RETAINED, failed.delivery)
    }

    @Test fun `a crash of the web view ends a trial and nothing else`() {
        val updater = phone().process()
        updater.attach(screen)
        assertFalse("the embedded bundle has nothing to fall back to", updater.rendererCrashed())

        publishAndSync(updater, "2.0.0")
        updater.background()
        screen.shows()
        assertTrue(updater.rendererCrashed())
        updater.detach(screen)
        val next = TestScreen()
        assertNull("the new screen gets the fallback", updater.attach(next).root)
        assertEquals("bundle_failed", next.hears("updateFailed").data["code"])
    }

    @Test fun `another activity of the same process goes on with the same launch`() {
        val updater = phone().process()
        val first = updater.attach(screen)
        updater.detach(screen)
        assertEquals(first.token, updater.attach(TestScreen()).token)
    }

    @Test fun `with autoUpdate always a release is shown as soon as it is there`() {
        author.publish("2.0.0")
        val updater = phone("autoUpdate" to "always").process()
        updater.attach(screen)
        assertEquals("2.0.0", screen.shows().bundle.version)
    }

    @Test fun `with autoUpdate on a release is fetched at the start and shown in the background`() {
        author.publish("2.0.0")
        val updater = phone("autoUpdate" to true).process()
        updater.attach(screen)
        screen.hears("updateAvailable")
        updater.background()
        assertEquals("2.0.0", screen.shows().bundle.version)
    }

    @Test fun `an app with an unreadable configuration starts, says so, and fetches nothing`() {
        val phone = phone("autoUpdate" to "sometimes")
        val updater = phone.process()
        assertNull(updater.attach(screen).root)
        assertTrue(phone.log.toString(), phone.log.any { "sometimes" in it })
        assertEquals("config_invalid", Methods(updater).refusal("sync").code)
    }

    @Test fun `a state directory that cannot be written serves the embedded bundle`() {
        val phone = phone()
        phone.stateDir.writeText("a file where the directory should be")
        val launch: Launch = phone.process().attach(screen)
        assertNull(launch.root)
    }

    private fun phone(vararg more: Pair<String, Any?>): Phone {
        val configuration = mapOf("updateUrl" to author.url, "publicKey" to author.publicKey, "allowInsecureLoopback" to true)
        return Phone(folder.newFolder("phone"), configuration + mapOf("autoUpdate" to false) + more)
    }

    private fun publishAndSync(updater: Updater, version: String) {
        author.publish(version)
        assertEquals("staged", Methods(updater).answer("sync")!!["result"])
    }

    private fun status(updater: Updater) = updater.airlock.current().bundle.status
}
