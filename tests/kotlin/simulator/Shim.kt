package dev.airlock.tests

import com.google.gson.Gson
import com.google.gson.GsonBuilder
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Rejection
import dev.airlock.capacitor.core.Screen
import dev.airlock.capacitor.core.Updater
import dev.airlock.ffi.Airlock
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.EmbeddedSource
import dev.airlock.ffi.Launch
import dev.airlock.ffi.Platform
import dev.airlock.ffi.Setup
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.io.PrintStream
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicLong

/**
 * The app's process for `airlock simulate --shim`: the Android shim's core over the real library, with the simulator for
 * a web view and a user. One JSON object a line: rust-core/cli/src/simulate/shim.rs says which. Ends with its input.
 */
fun main() {
    val lines = System.`in`.bufferedReader().lineSequence().map { JsonParser.parseString(it).asJsonObject }.iterator()
    val screen = SimulatorScreen()
    val updater = Updater(open = { Airlock(setup(lines.next().getAsJsonObject("setup")), it) }) { System.err.println("shim: $it") }
    val methods = Methods(updater)
    screen.say("launch", screen.described(updater.attach(screen)))
    lines.forEach { line ->
        line["shown"]?.let { screen.shown(it.asLong) }
        line["call"]?.let { screen.call(methods, it.asJsonObject) }
        when (line["life"]?.asString) {
            "background" -> updater.background()
            "foreground" -> updater.foreground()
        }
    }
}

private fun setup(told: JsonObject) = Setup(
    stateDir = told["stateDir"].asString,
    embedded = EmbeddedSource.Directory(told["embedded"].asString),
    configJson = told["config"].asString,
    platform = Platform.ANDROID,
    nativeVersion = told["nativeVersion"].asString,
    appId = null,
)

private class SimulatorScreen : Screen {
    /** As Capacitor's JSON has it: a value that is null is there. */
    private val gson: Gson = GsonBuilder().serializeNulls().create()
    private val shows = AtomicLong()
    private val waiting = ConcurrentHashMap<Long, () -> Unit>()
    private val output = PrintStream(FileOutputStream(FileDescriptor.out), true, Charsets.UTF_8)

    override fun show(launch: Launch, shown: () -> Unit) {
        val number = shows.incrementAndGet()
        waiting[number] = shown
        say("show", mapOf("number" to number, "launch" to described(launch)))
    }

    override fun notify(event: String, data: Json, delivery: Delivery) =
        say("event", mapOf("name" to event, "data" to data, "retained" to (delivery == Delivery.RETAINED)))

    fun shown(number: Long) {
        waiting.remove(number)?.invoke()
    }

    fun call(methods: Methods, call: JsonObject) {
        methods.call(call["method"].asString, plain(call["options"]) as Json) { answer ->
            val outcome = answer.fold({ mapOf("data" to it) }) { fault ->
                mapOf("error" to Rejection.of(fault).let { mapOf("code" to it.code, "message" to it.message) })
            }
            say("answer", mapOf("number" to call["number"].asLong) + outcome)
        }
    }

    fun described(launch: Launch): Json = mapOf(
        "root" to launch.root,
        "token" to launch.token,
        "attempt" to launch.attempt.toLong(),
        "id" to launch.bundle.id,
        "version" to launch.bundle.version,
    )

    @Synchronized
    fun say(what: String, about: Json) = output.println(gson.toJson(mapOf(what to about)))

    /** The options of a call in Kotlin's own types, as the plugin makes them of Capacitor's. */
    @Suppress("UNCHECKED_CAST")
    private fun plain(value: JsonElement): Any? = gson.fromJson(value, Any::class.java)
}
