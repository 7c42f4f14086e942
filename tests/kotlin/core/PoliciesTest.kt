package dev.airlock.tests

import dev.airlock.capacitor.core.Methods
import dev.airlock.ffi.Conditions
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.IOException

/** When something is fetched without being asked for, and when it waits. */
class PoliciesTest {
    @get:Rule val folder = TemporaryFolder()

    private lateinit var author: Author
    private val screen = TestScreen()

    /** What the phone says of its connection; null is not known. */
    private class Told(var metered: Boolean?) : Conditions {
        override fun isMetered() = metered ?: throw IOException("not known")

        override fun isLowOnPower() = false
    }

    @Before fun start() {
        author = Author(folder.newFolder("project"))
    }

    @After fun stop() = author.close()

    private fun phone(vararg more: Pair<String, Any?>) = Phone(
        folder.newFolder("phone"),
        mapOf("updateUrl" to author.url, "publicKey" to author.publicKey, "allowInsecureLoopback" to true) + more,
    )

    @Test fun `with wifiOnly a bundle waits for a connection that is not metered`() {
        author.publish("2.0.0")
        val told = Told(metered = true)
        val methods = Methods(phone("wifiOnly" to true, "autoUpdate" to false).process(conditions = told).also { it.attach(screen) })
        val waits = methods.answer("sync")!!
        assertEquals(listOf("postponed", "metered"), listOf(waits["result"], waits["reason"]))
        assertEquals("2.0.0", waits.bundle()["version"])
        assertNull("nothing arrived", methods.answer("getNextBundle"))
        told.metered = null
        val synced = methods.answer("sync")!!
        assertEquals("what is not known holds nothing back", "staged", synced["result"])
        assertFalse("reason" in synced)
        assertEquals(emptyList<Any>(), methods.answer("getFailures")!!["failures"])
    }

    @Test fun `a triggered check does what autoUpdate says, and nobody waits for it`() {
        val updater = phone("autoUpdate" to "onlyDownload").process()
        val methods = Methods(updater)
        assertEquals("nothing is launched", "unavailable", methods.answer("triggerUpdateCheck")!!["status"])
        updater.attach(screen)
        author.publish("2.0.0")
        // The check of the launch may be under way still; one after its end is what is asked for here.
        while (methods.answer("triggerUpdateCheck")!!["status"] != "queued") methods.answer("getLatest")
        assertEquals("2.0.0", screen.hears("updateAvailable").data.bundle()["version"])
    }

    @Test fun `without autoUpdate there is nothing to trigger`() {
        val updater = phone("autoUpdate" to "off", "periodCheckDelay" to 900).process()
        updater.attach(screen)
        author.publish("2.0.0")
        val methods = Methods(updater)
        assertEquals("unavailable", methods.answer("triggerUpdateCheck")!!["status"])
        assertTrue(screen.heardNothingOf("updateAvailable"))
        assertNull(updater.airlock.nextCheckMs())
    }

    @Test fun `the engine says when the next check is due`() {
        val updater = phone("autoUpdate" to "onlyDownload", "periodCheckDelay" to 900).process()
        updater.attach(screen)
        Methods(updater).answer("getLatest")
        val ms = updater.airlock.nextCheckMs()!!.toLong()
        assertTrue("$ms", ms in 600_000..900_000)
    }
}
