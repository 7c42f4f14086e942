package dev.airlock.tests

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import dev.airlock.ffi.Airlock
import dev.airlock.ffi.AirlockException
import dev.airlock.ffi.DelayCondition
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.AirlockEvent
import dev.airlock.ffi.DownloadRequest
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.EventSink
import dev.airlock.ffi.Platform
import dev.airlock.ffi.ResetTo
import dev.airlock.ffi.Setup
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File

/** The vectors that Python and Swift run as well: tests/vectors/ffi. */
class VectorsTest {
    @get:Rule val folder = TemporaryFolder()

    @Test fun `setups warn and refuse as the vectors say`() {
        val vectors = read("setups.json").asJsonArray
        assertTrue(vectors.size() > 5)
        for (vector in vectors.map { it.asJsonObject }) {
            val name = vector["name"].asString
            val device = device(vector["configJson"].asString, vector.text("nativeVersion"), vector.text("appId"))
            val words = vector["warnings"].asJsonArray.map { it.asString }
            val warnings = device.warnings()
            assertEquals("$name: $warnings", words.size, warnings.size)
            warnings.zip(words).forEach { (warning, word) -> assertTrue("$name: $warning", word in warning) }
            vector["appReadyTimeoutMs"]?.let { assertEquals(name, it.asLong, device.appReadyTimeoutMs().toLong()) }
            assertNull(name, device.launch().root)
            assertEquals(name, vector["syncFails"].asString, code { device.sync() })
        }
    }

    @Test fun `a fresh device answers as the vectors say`() {
        val device = device("""{"appId":"com.example.app"}""", "1.4.0", null)
        device.shown(device.launch().token)
        val vectors = read("fresh-device.json").asJsonObject["calls"].asJsonArray
        assertTrue(vectors.size() > 20)
        for (vector in vectors.map { it.asJsonObject }) {
            if ("fails" in vector.keySet()) {
                assertEquals("$vector", vector["fails"].asString, code { call(device, vector) })
                continue
            }
            val answer = call(device, vector).takeUnless { it == Unit }
            val expected = vector["answers"]
            if (!expected.isJsonObject) assertEquals("$vector", plain(expected), plain(answer))
            else for ((path, value) in expected.asJsonObject.entrySet()) assertEquals("$vector: $path", plain(value), plain(field(answer, path)))
        }
    }

    private fun call(device: Airlock, vector: JsonObject): Any? = when (val name = vector["call"].asString) {
        "current" -> device.current()
        "nextBundle" -> device.nextBundle()
        "takeFailedUpdate" -> device.takeFailedUpdate()
        "builtinVersion" -> device.builtinVersion()
        "next" -> device.next(vector["id"].asString)
        "set" -> device.set(vector["id"].asString)
        "delete" -> device.delete(vector["id"].asString)
        "delayUntil" -> device.delayUntil(
            vector["conditions"].asJsonArray.map { DelayCondition(it.asJsonObject["kind"].asString, it.asJsonObject.text("value")) },
        )
        "delayConditions" -> device.delayConditions()
        "ready" -> device.ready(vector["token"].asString)
        "crash" -> device.crash(vector["token"].asString, null)
        "background" -> device.background()
        "foreground" -> device.foreground()
        "elapse" -> device.elapse(vector["ms"].asLong.toULong())
        "reset" -> device.reset(if (vector["to"].asString == "embedded") ResetTo.EMBEDDED else ResetTo.LAST_SUCCESSFUL)
        "reload" -> device.reload()
        "gc" -> device.gc()
        "autoUpdate" -> device.autoUpdate()
        "check" -> device.check()
        "sync" -> device.sync()
        "download" -> device.download(DownloadRequest(vector["url"].asString, vector["version"].asString))
        else -> error("the vectors name a call that is not known here: $name")
    }

    /** A record, or what the vectors hold, as maps, lists, texts and numbers that can be compared. */
    private fun plain(value: Any?): Any? = when (value) {
        is JsonElement -> when {
            value.isJsonNull -> null
            value.isJsonArray -> value.asJsonArray.map { plain(it) }
            value.isJsonObject -> value.asJsonObject.entrySet().associate { (name, inner) -> name to plain(inner) }
            value.asJsonPrimitive.isNumber -> value.asLong
            value.asJsonPrimitive.isBoolean -> value.asBoolean
            else -> value.asString
        }
        is List<*> -> value.map { plain(it) }
        is Number -> value.toLong()
        is UInt -> value.toLong()
        is ULong -> value.toLong()
        null, is String, is Boolean -> value
        else -> value.fields().mapValues { (_, inner) -> plain(inner) }
    }

    private fun field(answer: Any?, path: String): Any? = path.split(".").fold(answer) { record, name ->
        val fields = record?.fields() ?: error("there is no answer to read `$path` of")
        check(name in fields) { "no field `$path` in $answer" }
        fields[name]
    }

    private fun code(call: () -> Any?): String = try {
        "no failure, but ${call()}"
    } catch (failure: AirlockException.Failed) {
        failure.code
    }

    private fun device(configuration: String, nativeVersion: String?, appId: String?): Airlock {
        val phone = folder.newFolder()
        val embedded = File(phone, "www").apply { mkdir() }
        File(embedded, "index.html").writeText("<h1>embedded</h1>")
        val source = EmbeddedSource.Directory(embedded.path)
        return Airlock(Setup("$phone/state", source, configuration, Platform.ANDROID, nativeVersion, appId), Deaf)
    }

    private fun read(name: String): JsonElement =
        JsonParser.parseString(File(System.getenv("AIRLOCK_REPOSITORY"), "tests/vectors/ffi/$name").readText())

    private fun JsonObject.text(name: String): String? = get(name)?.takeUnless { it.isJsonNull }?.asString

    private object Deaf : EventSink {
        override fun onEvent(event: AirlockEvent, delivery: Delivery) = Unit
    }
}
