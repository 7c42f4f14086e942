package dev.airlock.tests

import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Screen
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.Launch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** A web view without one: keeps what it was told to show and to tell, in order. */
class TestScreen : Screen {
    data class Told(val event: String, val data: Json, val delivery: Delivery)

    private val launches = LinkedBlockingQueue<Pair<Launch, () -> Unit>>()
    private val events = LinkedBlockingQueue<Told>()

    override fun show(launch: Launch, shown: () -> Unit) {
        launches += launch to shown
    }

    override fun notify(event: String, data: Json, delivery: Delivery) {
        events += Told(event, data, delivery)
    }

    /** The next launch to show; the old page stays until [andThen] is done. */
    fun shows(andThen: () -> Unit = {}): Launch {
        val (launch, shown) = launches.poll(PATIENCE_S, TimeUnit.SECONDS) ?: error("no other bundle was shown; events: $events")
        andThen()
        shown()
        return launch
    }

    /** The next event with this name; others before it are passed over. */
    fun hears(event: String): Told = generateSequence { events.poll(PATIENCE_S, TimeUnit.SECONDS) }
        .firstOrNull { it.event == event } ?: error("the event `$event` did not come")

    fun heardNothingOf(event: String) = events.none { it.event == event }

    private companion object {
        /** For a machine that is busy; no test waits that long when it passes. */
        const val PATIENCE_S = 30L
    }
}
