package dev.airlock.tests

import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.AirlockInterface
import dev.airlock.ffi.BundleInfo
import dev.airlock.ffi.DelayCondition
import dev.airlock.ffi.DownloadRequest
import dev.airlock.ffi.DownloadResult
import dev.airlock.ffi.FollowedChannel
import dev.airlock.ffi.Launch
import dev.airlock.ffi.Ready
import dev.airlock.ffi.ResetTo
import dev.airlock.ffi.ServedBundle
import dev.airlock.ffi.Tick
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import java.lang.reflect.InvocationHandler
import java.lang.reflect.Proxy
import java.util.concurrent.CopyOnWriteArrayList

/**
 * The options of every method: one of the right type reaches the engine as it is, one of a wrong type or a missing one
 * is refused and the engine is not asked. The engine notes what it is asked here; MethodsTest has the real one.
 */
class OptionsTest {
    /** What the engine was asked: its method and arguments. */
    private val asked = CopyOnWriteArrayList<Pair<String, List<Any?>>>()
    private lateinit var methods: Methods

    @Before fun start() {
        val engine = InvocationHandler { _, method, arguments ->
            val name = method.name.substringBefore('-')
            if (name in ASKED_BY_METHODS) asked += name to arguments.orEmpty().toList()
            answers[name]
        }
        val proxy = Proxy.newProxyInstance(javaClass.classLoader, arrayOf(AirlockInterface::class.java), engine) as AirlockInterface
        val updater = Updater({ proxy }) {}
        methods = Methods(updater)
        updater.attach(TestScreen())
        asked.clear()
    }

    @Test fun `a text of every method reaches the engine, and nothing else does`() {
        for ((method, options, name) in TEXTS) {
            methods.answer(method, options)
            val (_, arguments) = asked.single()
            asked.clear()
            assertTrue("$method: $arguments", options.getValue(name).toString() in arguments.joinToString())

            for (wrong in WRONG_FOR_A_TEXT) refused(method, options + (name to wrong), "`$name` must be a string")
        }
    }

    @Test fun `what a method needs is asked for by its name`() {
        for ((method, options, name) in TEXTS.filterNot { it.name in OPTIONAL }) {
            for (missing in listOf(options - name, options + (name to null), options + (name to ""))) {
                refused(method, missing, "`$name` is missing")
            }
        }
    }

    @Test fun `what a method can do without may be left out, be null or empty`() {
        for (left in listOf(emptyMap(), mapOf("checksum" to null, "sessionKey" to null))) {
            methods.answer("download", mapOf("url" to "u", "version" to "v") + left)
            assertEquals(listOf(DownloadRequest("u", "v", null, null)), asked.single().second)
            asked.clear()
        }
        for (left in listOf(emptyMap(), mapOf("token" to null), mapOf("token" to ""))) {
            methods.answer("notifyAppReady", left)
            assertEquals(listOf(""), asked.single().second)
            asked.clear()
        }
    }

    @Test fun `toLastSuccessful is true or false`() {
        val rights = mapOf(true to ResetTo.LAST_SUCCESSFUL, false to ResetTo.EMBEDDED, null to ResetTo.EMBEDDED)
        for ((value, target) in rights) {
            methods.answer("reset", mapOf("toLastSuccessful" to value))
            assertEquals(listOf(target), asked.single().second)
            asked.clear()
        }
        for (wrong in listOf("true", "", 1, 0, emptyList<Any>(), emptyMap<String, Any>())) {
            refused("reset", mapOf("toLastSuccessful" to wrong), "`toLastSuccessful` must be true or false")
        }
    }

    @Test fun `delayConditions is a list of objects whose kind and value are texts`() {
        val right = listOf(mapOf("kind" to "background", "value" to "1"), mapOf("kind" to "kill"), mapOf("kind" to "kill", "value" to null))
        methods.answer("setMultiDelay", mapOf("delayConditions" to right))
        val conditions = listOf(DelayCondition("background", "1"), DelayCondition("kill", null), DelayCondition("kill", null))
        assertEquals(listOf(conditions), asked.single().second)
        asked.clear()

        refused("setMultiDelay", emptyMap(), "`delayConditions` is missing")
        for (wrong in listOf("kill", 1, true, mapOf("kind" to "kill"))) {
            refused("setMultiDelay", mapOf("delayConditions" to wrong), "`delayConditions` must be a list")
        }
        for (wrong in listOf("kill", null, 1, listOf("kill"))) {
            refused("setMultiDelay", mapOf("delayConditions" to right + wrong), "each of `delayConditions` must be an object")
        }
        refused("setMultiDelay", mapOf("delayConditions" to right + mapOf("value" to "1")), "`kind` is missing")
        refused("setMultiDelay", mapOf("delayConditions" to right + mapOf("kind" to 1)), "`kind` must be a string")
        refused("setMultiDelay", mapOf("delayConditions" to right + mapOf("kind" to "date", "value" to 1)), "`value` must be a string")
    }

    @Test fun `triggerAutoUpdate is true or false, and a name for the device may be empty and must be there`() {
        for ((method, options) in mapOf("setChannel" to mapOf("channel" to "beta"), "unsetChannel" to emptyMap())) {
            for (right in listOf(true, false, null)) {
                methods.answer(method, options + ("triggerAutoUpdate" to right))
                assertEquals(method, asked.single().first)
                asked.clear()
            }
            for (wrong in listOf("true", 1, emptyList<Any>())) {
                refused(method, options + ("triggerAutoUpdate" to wrong), "`triggerAutoUpdate` must be true or false")
            }
        }
        methods.answer("setCustomId", mapOf("customId" to ""))
        assertEquals(listOf(""), asked.single().second)
        asked.clear()
        for (missing in listOf(emptyMap(), mapOf("customId" to null))) refused("setCustomId", missing, "`customId` is missing")
    }

    @Test fun `every method with options is looked at here`() {
        val looked = TEXTS.map { it.method }.toSet() + setOf("reset", "setMultiDelay", "unsetChannel")
        val without = setOf("current", "getLatest", "sync", "reload", "list", "getNextBundle", "getFailedUpdate", "cancelDelay", "getDelayConditions", "cancelDownload") +
            setOf("getFailures", "triggerUpdateCheck", "getChannel", "listChannels", "getDeviceId")
        assertEquals(methods.names, looked + without)
    }

    private fun refused(method: String, options: Json, why: String) {
        val refusal = methods.refusal(method, options)
        assertEquals("$method $options", "usage", refusal.code)
        assertTrue("$method $options: ${refusal.message}", why in refusal.message)
        assertFalse("a value can be secret: ${refusal.message}", SECRET in refusal.message)
        assertEquals("the engine is not asked", emptyList<Any>(), asked)
    }

    private data class Text(val method: String, val options: Json, val name: String)

    private companion object {
        const val SECRET = "s3cret"

        val DOWNLOAD = mapOf("url" to "https://example.com/a", "version" to "2.0.0", "checksum" to "c0ffee", "sessionKey" to "aa:bb")

        val TEXTS = listOf("next", "set", "delete").map { Text(it, mapOf("id" to "an id"), "id") } +
            DOWNLOAD.keys.map { Text("download", DOWNLOAD, it) } +
            Text("notifyAppReady", mapOf("token" to "a token"), "token") +
            Text("setRequestToken", mapOf("token" to "a token"), "token") +
            Text("setRequestKey", mapOf("key" to "a key"), "key") +
            Text("setChannel", mapOf("channel" to "beta"), "channel") +
            Text("setCustomId", mapOf("customId" to "a name"), "customId")

        val OPTIONAL = setOf("checksum", "sessionKey", "token", "key", "customId")

        val WRONG_FOR_A_TEXT = listOf(5, 0, 1.5, true, false, emptyList<Any>(), listOf(SECRET), emptyMap<String, Any>(), mapOf("a" to SECRET))

        val ASKED_BY_METHODS = setOf("ready", "download", "next", "set", "reset", "delete", "delayUntil", "setRequestToken", "setRequestKey") +
            setOf("setChannel", "unsetChannel", "setCustomId")

        val BUNDLE = BundleInfo("builtin", "1.0.0", "", "", "success", null)
        val LAUNCH = Launch(null, "token", 1u, ServedBundle("builtin", "1.0.0"))

        val answers = mapOf(
            "warnings" to emptyList<String>(),
            "launch" to LAUNCH,
            "tick" to Tick(null, null),
            "set" to LAUNCH,
            "reset" to LAUNCH,
            "next" to BUNDLE,
            "ready" to Ready(true, BUNDLE),
            "download" to DownloadResult(BUNDLE, emptyList()),
            "setChannel" to FollowedChannel("beta", "ok", true),
        )
    }
}
