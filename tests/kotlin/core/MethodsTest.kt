package dev.airlock.tests

import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.AirlockInterface
import dev.airlock.ffi.errorCodes
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.lang.reflect.Proxy

/** The plugin's methods: options, refusals with their codes, and the shapes that definitions.ts promises. */
class MethodsTest {
    @get:Rule val folder = TemporaryFolder()

    private lateinit var author: Author
    private lateinit var updater: Updater
    private lateinit var methods: Methods
    private val screen = TestScreen()

    @Before fun start() {
        author = Author(folder.newFolder("project"))
        val configuration = mapOf(
            "updateUrl" to author.url,
            "publicKey" to author.publicKey,
            "allowInsecureLoopback" to true,
            "autoUpdate" to false,
        )
        updater = Phone(folder.newFolder("phone"), configuration).process()
        methods = Methods(updater)
        updater.attach(screen)
    }

    @After fun stop() = author.close()

    @Test fun `current and list tell of the embedded bundle`() {
        val bundle = mapOf("id" to "builtin", "version" to "1.0.0", "downloaded" to "", "checksum" to "", "status" to "success")
        assertEquals(mapOf("bundle" to bundle, "native" to "1.0.0"), methods.answer("current"))
        assertEquals(mapOf("bundles" to listOf(bundle)), methods.answer("list"))
    }

    @Test fun `getLatest and sync tell of what is published`() {
        assertEquals(mapOf("version" to "1.0.0", "kind" to "up_to_date"), methods.answer("getLatest"))
        assertEquals("up-to-date", methods.answer("sync")!!["result"])

        author.publish("2.0.0")
        val latest = methods.answer("getLatest")!!
        assertEquals("2.0.0" to 1L, latest["version"] to latest["sequence"])
        assertFalse("kind" in latest)

        val sync = methods.answer("sync")!!
        assertEquals(setOf("result", "bundle", "bytesDownloaded", "route"), sync.keys)
        assertEquals("staged" to "archive", sync["result"] to sync["route"])
        val bundle = sync.bundle()
        assertEquals(latest["checksum"], bundle["checksum"])
        assertEquals(bundle, methods.answer("getNextBundle"))
        assertEquals(bundle["id"], screen.hears("downloadComplete").data.bundle()["id"])
    }

    @Test fun `next, set, reset and delete take an id and refuse without`() {
        author.publish("2.0.0")
        val id = methods.answer("sync")!!.bundle()["id"]
        for (method in listOf("next", "set", "delete")) {
            for (options in listOf(emptyMap(), mapOf("id" to ""), mapOf("id" to 7L), mapOf("id" to null))) {
                val refusal = methods.refusal(method, options)
                assertEquals("usage", refusal.code)
                assertTrue(refusal.message, "`id`" in refusal.message)
            }
            assertEquals("bundle_unknown", methods.refusal(method, mapOf("id" to "0".repeat(64))).code)
        }
        assertEquals("bundle_in_use", methods.refusal("delete", mapOf("id" to "builtin")).code)

        assertEquals(id, methods.answer("next", mapOf("id" to id))!!["id"])
        assertNull(methods.answer("set", mapOf("id" to id)))
        val token = screen.shows().token
        val ready = methods.answer("notifyAppReady", mapOf("token" to token))!!.bundle()
        assertEquals(id to "success", ready["id"] to ready["status"])
        assertEquals("success", screen.hears("appReady").data.bundle()["status"])

        assertNull(methods.answer("reset"))
        assertNull(screen.shows().root)
        assertNull(methods.answer("reset", mapOf("toLastSuccessful" to true)))
        screen.shows()
    }

    @Test fun `reload shows a launch of its own and tells the page that comes`() {
        assertNull(methods.answer("reload"))
        screen.shows(andThen = { assertTrue(screen.heardNothingOf("appReloaded")) })
        assertEquals(emptyMap<String, Any?>(), screen.hears("appReloaded").data)
    }

    @Test fun `a failed update is told once`() {
        author.publish("2.0.0")
        methods.answer("sync")
        methods.answer("reload")
        screen.shows()
        assertTrue(updater.rendererCrashed())
        val bundle = methods.answer("getFailedUpdate")!!.bundle()
        assertEquals("2.0.0" to "error", bundle["version"] to bundle["status"])
        assertNull(methods.answer("getFailedUpdate"))
        val kept = methods.answer("getFailures")!!["failures"] as List<*>
        val trial = kept.single() as Map<*, *>
        assertEquals(listOf("2.0.0", "bundle_failed", "trial", 1L, 1L), listOf("version", "code", "phase", "count", "attempt").map { trial[it] })
    }

    @Test fun `delay conditions come back as they were set, until they are cancelled`() {
        val conditions = listOf(mapOf("kind" to "background", "value" to "300000"), mapOf("kind" to "kill"))
        assertNull(methods.answer("setMultiDelay", mapOf("delayConditions" to conditions)))
        val bad = listOf(null, "kill", listOf("kill"), listOf(mapOf("value" to "1")), listOf(mapOf("kind" to "date", "value" to 7L)))
        for (value in bad) {
            assertEquals("usage", methods.refusal("setMultiDelay", mapOf("delayConditions" to value)).code)
        }
        assertEquals("usage", methods.refusal("setMultiDelay", mapOf("delayConditions" to listOf(mapOf("kind" to "never")))).code)
        assertEquals("a refusal changes nothing", mapOf("delayConditions" to conditions), methods.answer("getDelayConditions"))
        assertNull(methods.answer("cancelDelay"))
        assertEquals(mapOf("delayConditions" to emptyList<Json>()), methods.answer("getDelayConditions"))
    }

    @Test fun `a token is taken and what is none is not, and cancelling nothing cancels nothing`() {
        assertNull(methods.answer("setRequestToken", mapOf("token" to "t0ken")))
        assertEquals("usage", methods.refusal("setRequestToken", mapOf("token" to "no token")).code)
        assertNull(methods.answer("setRequestToken"))
        assertEquals("usage", methods.refusal("setRequestKey", mapOf("key" to "a2V5")).code)
        assertNull(methods.answer("cancelDownload"))
    }

    @Test fun `a channel is listed, chosen and left again, and one that nobody signed is refused`() {
        val stable = mapOf("channel" to "stable", "status" to "default", "allowSet" to true)
        val listed = mapOf("id" to 1L, "name" to "stable", "public" to true, "allow_self_set" to true)
        assertEquals(mapOf("channels" to listOf(listed)), methods.answer("listChannels"))
        assertEquals(stable, methods.answer("getChannel"))
        assertEquals("channel_unknown", methods.refusal("setChannel", mapOf("channel" to "nightly")).code)
        for (options in listOf(emptyMap(), mapOf("channel" to 7L), mapOf("channel" to "stable", "triggerAutoUpdate" to "yes"))) {
            assertEquals("usage", methods.refusal("setChannel", options).code)
        }
        assertEquals("a refusal changes nothing", stable, methods.answer("getChannel"))

        val chosen = mapOf("channel" to "stable", "triggerAutoUpdate" to true)
        assertEquals(stable + ("status" to "ok"), methods.answer("setChannel", chosen))
        assertEquals(stable + ("status" to "override"), methods.answer("getChannel"))
        assertNull(methods.answer("unsetChannel"))
        assertEquals(stable, methods.answer("getChannel"))
    }

    @Test fun `a device has one id, and a name for it is taken`() {
        val id = methods.answer("getDeviceId")!!["deviceId"] as String
        assertTrue(id, "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}".toRegex().matches(id))
        assertEquals(mapOf("deviceId" to id), methods.answer("getDeviceId"))
        assertNull(methods.answer("setCustomId", mapOf("customId" to "customer-4711")))
        assertNull(methods.answer("setCustomId", mapOf("customId" to "")))
        for (options in listOf(emptyMap(), mapOf("customId" to 7L), mapOf("customId" to "x".repeat(257)))) {
            assertEquals("usage", methods.refusal("setCustomId", options).code)
        }
    }

    @Test fun `download wants a url and a version, and a signature`() {
        assertEquals("usage", methods.refusal("download", mapOf("version" to "2.0.0")).code)
        assertEquals("usage", methods.refusal("download", mapOf("url" to author.url)).code)
        val foreign = mapOf("url" to "${author.url}none.zip", "version" to "2.0.0")
        assertEquals("nobody vouches for it", "signature_missing", methods.refusal("download", foreign).code)
        val failed = screen.hears("downloadFailed").data
        assertEquals(listOf("signature_missing", "verify", 1L), listOf("code", "phase", "attempt").map { failed[it] })

        val url = author.publish("2.0.0")
        val bundle = methods.answer("download", mapOf("url" to url, "version" to "2.0.0"))!!
        assertEquals("2.0.0" to "pending", bundle["version"] to bundle["status"])
    }

    @Test fun `what is not there, and what goes wrong in unforeseen ways, has a code and no details`() {
        assertEquals("UNIMPLEMENTED", methods.refusal("selfDestruct").code)
        val broken = Proxy.newProxyInstance(javaClass.classLoader, arrayOf(AirlockInterface::class.java)) { _, method, _ ->
            if (method.name == "warnings") emptyList<String>() else throw IllegalStateException("a secret of the inside")
        } as AirlockInterface
        val refusal = Methods(Updater({ broken }) {}).refusal("list")
        assertEquals("internal", refusal.code)
        assertFalse(refusal.message, "secret" in refusal.message)
    }

    @Test fun `the page of a development server shows no bundle`() {
        val refusal = Methods(Phone(folder.newFolder("other"), emptyMap()).process()).refusal("reload")
        assertEquals("usage", refusal.code)
        assertTrue(refusal.message, "server.url" in refusal.message)
    }

    @Test fun `methods and codes are the ones of the TypeScript side`() {
        val repository = File(System.getenv("AIRLOCK_REPOSITORY"))
        val definitions = File(repository, "src-ts/definitions.ts").readText()
        val plugin = definitions.substringAfter("export interface AirlockPlugin {").substringBefore("\n}")
        val promised = "\\n  ([a-zA-Z]+)[(<]".toRegex().findAll(plugin).map { it.groupValues[1] }.toSet()
        assertEquals(promised - setOf("addListener", "removeAllListeners"), methods.names)

        val list = File(repository, "src-ts/errors.ts").readText().substringAfter("AIRLOCK_ERROR_CODES = [").substringBefore("]")
        assertEquals("'([a-z_]+)'".toRegex().findAll(list).map { it.groupValues[1] }.toSet(), errorCodes().toSet())
    }
}
