package dev.airlock.capacitor.core

import dev.airlock.ffi.Delivery
import dev.airlock.ffi.Launch

/** What shows the bundles and hears the events: the web view of an activity, or that of a test. */
interface Screen {
    /**
     * Sends the page away and shows [launch]: its files, and its token for no page but its own. Calls [shown] when the
     * old page can be told nothing any more. Returns at once; any thread may call.
     */
    fun show(launch: Launch, shown: () -> Unit)

    /** Tells the page's listeners. With [Delivery.RETAINED] an event that nobody hears is kept for the first who listens. */
    fun notify(event: String, data: Json, delivery: Delivery)
}

/** A JSON object in Kotlin's own types: String, Long, Boolean, List, Map, null. */
typealias Json = Map<String, Any?>
