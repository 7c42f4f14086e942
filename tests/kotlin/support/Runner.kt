package dev.airlock.tests

import org.junit.runner.Description
import org.junit.runner.JUnitCore
import org.junit.runner.Result
import org.junit.runner.notification.Failure
import org.junit.runner.notification.RunListener
import java.io.File
import kotlin.system.exitProcess

/**
 * Runs the classes named *Test below a folder of class files, those of one kind: `robolectric` (*PluginTest) or `jvm`
 * (all others). Says each test's verdict, and the counts last.
 */
fun main(arguments: Array<String>) {
    val root = File(arguments[0])
    val isPlugin = arguments[1] == "robolectric"
    val names = root.walk().map { it.relativeTo(root).path.removeSuffix(".class").replace('/', '.') }
    val tests = names.filter { it.endsWith("Test") && it.endsWith("PluginTest") == isPlugin }.sorted().map { Class.forName(it) }.toList()
    val result = JUnitCore().apply { addListener(Told()) }.run(*tests.toTypedArray())
    println("${result.runCount - result.failureCount} passed, ${result.failureCount} failed")
    // Threads of what was tested may live on; a run without tests is no success.
    exitProcess(if (result.wasSuccessful() && result.runCount > 0) 0 else 1)
}

private class Told : RunListener() {
    private val failed = mutableSetOf<Description>()

    override fun testFailure(failure: Failure) {
        failed += failure.description
        println("     FAILED ${name(failure.description)}\n${failure.trimmedTrace}")
    }

    override fun testFinished(test: Description) {
        if (test !in failed) println("     ok ${name(test)}")
    }

    override fun testRunFinished(result: Result) = System.out.flush()

    private fun name(test: Description) = "${test.testClass?.simpleName}: ${test.methodName}"
}
