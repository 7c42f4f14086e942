import XCTest

@testable import AirlockCore

/// The vectors of tests/vectors/ffi, which Python runs as well: the same calls, the same answers in every language.
final class VectorTests: XCTestCase {
    private struct Setups: Decodable {
        let name: String
        let configJson: String
        let nativeVersion: String?
        let appId: String?
        let appReadyTimeoutMs: UInt64?
        let warnings: [String]
        let syncFails: String
    }

    func test_setups_warn_and_refuse_as_the_vectors_say() throws {
        let vectors = try JSONDecoder().decode([Setups].self, from: Life.vectors("setups"))
        XCTAssertGreaterThan(vectors.count, 5)
        for vector in vectors {
            let life = try Life(self)
            let device = life.process(
                config: vector.configJson, nativeVersion: vector.nativeVersion, appId: vector.appId)
            let warnings = device.warnings()
            XCTAssertEqual(warnings.count, vector.warnings.count, "\(vector.name): \(warnings)")
            for (warning, word) in zip(warnings, vector.warnings) { XCTAssertTrue(warning.contains(word), warning) }
            if let timeout = vector.appReadyTimeoutMs { XCTAssertEqual(device.appReadyTimeoutMs(), timeout, vector.name) }
            XCTAssertNil(device.launch().root, vector.name)
            XCTAssertThrowsError(try device.sync(), vector.name) {
                XCTAssertEqual(Rejection($0).code, vector.syncFails, vector.name)
            }
        }
    }

    func test_a_fresh_device_answers_as_the_vectors_say() throws {
        let device = try Life(self).process(config: #"{"appId":"com.example.app"}"#)
        device.shown(token: device.launch().token)
        let page = try JSONSerialization.jsonObject(with: Life.vectors("fresh-device")) as? [String: Any]
        let calls = try XCTUnwrap(page?["calls"] as? [[String: Any]])
        XCTAssertGreaterThan(calls.count, 30)
        for vector in calls { try follow(vector, device) }
    }

    private func follow(_ vector: [String: Any], _ device: Airlock) throws {
        let words = try Plain.json(vector)
        if let code = vector.text("fails") {
            XCTAssertThrowsError(try answer(vector, device), words) { XCTAssertEqual(Rejection($0).code, code, words) }
            return
        }
        let answer = Plain.value(try answer(vector, device))
        guard let fields = vector["answers"] as? [String: Any] else {
            return XCTAssertEqual(try Plain.json(answer), try Plain.json(vector["answers"] ?? "no answer"), words)
        }
        for (path, expected) in fields {
            let found = path.split(separator: ".").reduce(answer as Any?) { ($0 as? [String: Any])?[String($1)] }
            XCTAssertEqual(try Plain.json(XCTUnwrap(found, path)), try Plain.json(expected), "\(path) of \(words)")
        }
    }

    /// Swift finds no method by its name, so each stands here once.
    private func answer(_ vector: [String: Any], _ device: Airlock) throws -> Any {
        let id = vector.text("id") ?? ""
        let token = vector.text("token") ?? ""
        switch vector.text("call") {
        case "current": return try device.current()
        case "nextBundle": return try device.nextBundle() as Any
        case "takeFailedUpdate": return try device.takeFailedUpdate() as Any
        case "builtinVersion": return try device.builtinVersion()
        case "next": return try device.next(id: id)
        case "set": return try device.set(id: id)
        case "delete": return try device.delete(id: id)
        case "delayUntil": return try device.delayUntil(conditions: conditions(vector))
        case "delayConditions": return try device.delayConditions()
        case "ready": return try device.ready(token: token)
        case "crash": return try device.crash(token: token, reason: nil) as Any
        case "background": return try device.background() as Any
        case "foreground": return try device.foreground()
        case "elapse": return try device.elapse(ms: (vector["ms"] as? NSNumber)?.uint64Value ?? 0)
        case "reset": return try device.reset(to: vector.text("to") == "embedded" ? .embedded : .lastSuccessful)
        case "reload": return try device.reload()
        case "gc": return try device.gc()
        case "autoUpdate": return try device.autoUpdate() as Any
        case "check": return try device.check()
        case "sync": return try device.sync()
        case "download":
            return try device.download(
                request: DownloadRequest(url: vector.text("url") ?? "", version: vector.text("version") ?? ""))
        case let other:
            throw Unknown(call: other ?? "none")
        }
    }

    private struct Unknown: Error { let call: String }

    private func conditions(_ vector: [String: Any]) -> [DelayCondition] {
        let conditions = vector["conditions"] as? [[String: Any]] ?? []
        return conditions.map { DelayCondition(kind: $0.text("kind") ?? "", value: $0.text("value")) }
    }
}

/// Answers of the binding as JSON says them: a record is an object of its fields, nothing is null.
enum Plain {
    static func value(_ value: Any) -> Any {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { Plain.value($0.value) } ?? NSNull()
        case .collection: return mirror.children.map { Plain.value($0.value) }
        case .struct where !mirror.children.isEmpty && !(value is String):
            let fields = mirror.children.compactMap { field in field.label.map { ($0, Plain.value(field.value)) } }
            return Dictionary(uniqueKeysWithValues: fields)
        case .tuple where mirror.children.isEmpty: return NSNull()
        default: return value
        }
    }

    static func json(_ value: Any) throws -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
        return String(decoding: try JSONSerialization.data(withJSONObject: value, options: options), as: UTF8.self)
    }
}

extension Dictionary where Key == String, Value == Any {
    func text(_ key: String) -> String? { self[key] as? String }
}
