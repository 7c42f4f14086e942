package dev.airlock.capacitor

import com.getcapacitor.JSArray
import com.getcapacitor.JSObject
import dev.airlock.capacitor.core.Json
import org.json.JSONArray
import org.json.JSONObject

/** The options of a call in Kotlin's own types. */
internal fun JSONObject.toJson(): Json = keys().asSequence().associateWith { plain(opt(it)) }

/** A payload as Capacitor takes it. */
internal fun Json.toJsObject(): JSObject = JSObject().also { json -> forEach { (name, value) -> json.put(name, wrapped(value)) } }

private fun plain(value: Any?): Any? = when (value) {
    JSONObject.NULL -> null
    is JSONObject -> value.toJson()
    is JSONArray -> (0 until value.length()).map { plain(value.opt(it)) }
    else -> value
}

private fun wrapped(value: Any?): Any? = when (value) {
    is Map<*, *> -> JSObject().also { json -> value.forEach { (name, inner) -> json.put(name.toString(), wrapped(inner)) } }
    is List<*> -> JSArray().also { json -> value.forEach { json.put(wrapped(it)) } }
    else -> value
}
