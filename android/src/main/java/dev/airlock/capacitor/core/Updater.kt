package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockEvent
import dev.airlock.ffi.AirlockInterface
import dev.airlock.ffi.BundleInfo
import dev.airlock.ffi.Delivery
import dev.airlock.ffi.EventSink
import dev.airlock.ffi.Launch
import java.util.concurrent.ExecutionException
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.Future
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.ThreadFactory
import java.util.concurrent.TimeUnit

/**
 * The life of one app process with the engine: one launch, then the verdicts of page, user and clock, each of which may
 * show another bundle. It decides nothing: what is shown, and when, the engine says.
 *
 * One thread ([Work.QUICK]) makes all transitions, so that what the screen shows is what the engine decided last;
 * another one ([Work.NETWORK]) fetches, so that nobody waits for the network who did not ask for it.
 *
 * @param open makes the engine, which tells the sink its events
 * @param log hears what a developer should know
 */
class Updater(open: (EventSink) -> AirlockInterface, private val log: (String) -> Unit) {
    /** What a task needs: a few file operations, or the network. */
    enum class Work { QUICK, NETWORK }

    /** The engine, for calls that show no other bundle. */
    val airlock: AirlockInterface = open(Events())

    private val quick: ScheduledExecutorService = Executors.newSingleThreadScheduledExecutor(daemon("airlock"))
    private val network: ExecutorService = Executors.newSingleThreadExecutor(daemon("airlock-network"))

    @Volatile private var screen: Screen? = null
    @Volatile private var pageError: String? = null

    /** What [pageError] was when the page that met it was sent away: events about it come after that. */
    @Volatile private var lastPagesError: String? = null

    // Only the quick thread touches these.
    private var current: Launch? = null
    private var isInFront = true
    private var timer: Future<*>? = null
    private var nextCheck: Future<*>? = null

    init {
        airlock.warnings().forEach(log)
    }

    /**
     * A screen is there and will show what this answers. The first one of a process makes the launch: the attempt is on
     * the disk before the bundle is handed out. A later one, when the activity was made anew, goes on with the bundle
     * that runs. Call it before the web view loads: it takes a few file operations.
     */
    fun attach(screen: Screen): Launch = now {
        this.screen = screen
        val isFirst = current == null
        val launch = current ?: airlock.launch().also { current = it }
        run(Work.QUICK) { announce(launch) }
        if (isFirst) attempt { updateByItself() }
        launch
    }

    /** The screen is gone. The process may live on, and another screen may come. */
    fun detach(screen: Screen) {
        if (this.screen === screen) this.screen = null
    }

    /** The app left the screen. */
    fun background() = run(Work.QUICK) {
        if (current == null || !isInFront) return@run
        isInFront = false
        timer?.cancel(false)
        nextCheck?.cancel(false)
        airlock.background()?.let(::show)
    }

    /** The app is back on the screen. Nothing happens at the start of the process, which begins there. */
    fun foreground() = run(Work.QUICK) {
        if (current == null || isInFront) return@run
        isInFront = true
        // A foreground that could not be written down must not stop the clock.
        attempt { airlock.foreground() }
        tick()
        updateByItself()
    }

    /** A page reports that it works, with the token that it was given; another one changes nothing. */
    fun ready(token: String): BundleInfo = airlock.ready(token).bundle

    /** The engine switches to another bundle, at the page's wish. Refused with `usage` where no bundle is shown. */
    fun switch(verb: AirlockInterface.() -> Launch) {
        if (current == null) throw Rejection(Rejection.USAGE, NOTHING_SHOWN)
        show(airlock.verb())
    }

    /** A page met an error that nobody caught. Pages survive most of them, so it is only remembered, for the reason of a rollback. */
    fun pageFailed(message: String) {
        pageError = message.take(ERROR_CHARS)
    }

    /**
     * The page's process crashed, and the web view with it. True when the bundle was on trial: it is rolled back, and a
     * new screen shows what runs instead. Waits for the disk, since the system may end this process next.
     */
    fun rendererCrashed(): Boolean = try {
        now { current?.let { airlock.crash(it.token, "the web view's process crashed") }?.also { current = it } != null }
    } catch (fault: Exception) {
        log("the crash of the web view could not be reported: ${Rejection.of(fault).message}")
        false
    }

    /** Runs a task on one of the two threads. What it throws is logged. */
    fun run(work: Work, task: () -> Unit) {
        when (work) {
            Work.QUICK -> quick.execute { attempt(task) }
            Work.NETWORK -> network.execute { attempt(task) }
        }
    }

    private fun attempt(task: () -> Any?) {
        runCatching(task).onFailure { log("a task of the updater failed: ${Rejection.of(it).message}") }
    }

    private fun show(launch: Launch) {
        current = launch
        lastPagesError = pageError
        pageError = null
        screen?.show(launch) { run(Work.QUICK) { announce(launch) } }
    }

    /** The screen shows this launch: its events may be told, and its time runs. */
    private fun announce(launch: Launch) {
        if (launch.token != current?.token) return
        airlock.shown(launch.token)
        tick()
    }

    /** Asks the engine whether the page has had its time, and when to ask again. */
    private fun tick() {
        timer?.cancel(false)
        if (!isInFront) return
        val tick = runCatching { airlock.tick() }.getOrElse { fault ->
            // A verdict that could not be written down is due still.
            log("the ready timer could not be read: ${Rejection.of(fault).message}")
            return tickIn(RETRY_MS)
        }
        tick.launch?.let(::show)
        tick.nextMs?.let { tickIn(it.toLong()) }
    }

    private fun tickIn(ms: Long) {
        timer = quick.schedule({ attempt { tick() } }, ms, TimeUnit.MILLISECONDS)
    }

    /** A page wants what `autoUpdate` asks for now. Nothing happens where no bundle is shown. */
    fun updateSoon() = run(Work.QUICK) { if (current != null) updateByItself() }

    /**
     * What `autoUpdate` in the configuration asks for, unless it is under way: `queued`, `already_running` or `unavailable`.
     * On the quick thread.
     */
    internal fun updateByItself(): String {
        val status = airlock.triggerUpdateCheck()
        if (status != QUEUED) return status
        val before = current
        run(Work.NETWORK) {
            try {
                airlock.autoUpdate()?.let { launch ->
                    run(Work.QUICK) {
                        // Something else was shown meanwhile: only a new launch is surely the engine's last word.
                        show(if (current === before) launch else airlock.reload())
                    }
                }
            } finally {
                run(Work.QUICK, ::awaitNextCheck)
            }
        }
        return status
    }

    /** `periodCheckDelay`: the engine says when, and only an app in front asks by time. */
    private fun awaitNextCheck() {
        nextCheck?.cancel(false)
        if (!isInFront) return
        val ms = airlock.nextCheckMs() ?: return
        nextCheck = quick.schedule({ attempt { updateByItself() } }, ms.toLong(), TimeUnit.MILLISECONDS)
    }

    /** Runs on the quick thread and waits for it. */
    private fun <T> now(task: () -> T): T = try {
        quick.submit(task).get()
    } catch (fault: ExecutionException) {
        throw fault.cause ?: fault
    }

    private inner class Events : EventSink {
        override fun onEvent(event: AirlockEvent, delivery: Delivery) {
            val (name, data) = Payload.of(event)
            val cause = lastPagesError.takeIf { event is AirlockEvent.UpdateFailed }
            val told = if (cause == null) data else data + ("reason" to "${data["reason"]}; the page's last error was: $cause")
            screen?.notify(name, told, delivery)
        }
    }

    private companion object {
        /** Longest text of a page's error that is kept; a page can throw anything. */
        const val ERROR_CHARS = 500

        /** Pause before the ready timer is read again after a fault of the disk. */
        const val RETRY_MS = 1_000L

        const val QUEUED = "queued"

        const val NOTHING_SHOWN =
            "no bundle can be shown, since the page comes from `server.url` in the Capacitor configuration; " +
                "remove it to try updates"

        fun daemon(name: String) = ThreadFactory { task -> Thread(task, name).apply { isDaemon = true } }
    }
}
