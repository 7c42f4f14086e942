import XCTest

@testable import AirlockCore
@testable import AirlockPlugin
@testable import Capacitor

/// Options in, payloads and codes out.
final class CallTests: XCTestCase {
    func test_every_method_is_told_to_capacitor_and_to_the_core() throws {
        let plugin = AirlockPlugin()
        let told = plugin.pluginMethods.compactMap(\.name)
        XCTAssertEqual(told, AirlockMethod.allCases.map(\.rawValue))
        XCTAssertEqual(Set(told), Set(Phone.methods(plugin).keys))
        XCTAssertEqual(plugin.jsName, "Airlock")
        XCTAssertEqual(plugin.identifier, String(describing: AirlockPlugin.self))
    }

    func test_the_api_and_its_codes_are_those_of_typescript() throws {
        let repository = Phone.fixture.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let api = try String(contentsOf: repository.appendingPathComponent("src-ts/definitions.ts"), encoding: .utf8)
        for method in AirlockMethod.allCases {
            XCTAssertTrue(api.contains("\n  \(method.rawValue)("), method.rawValue)
        }
        let errors = try String(contentsOf: repository.appendingPathComponent("src-ts/errors.ts"), encoding: .utf8)
        let codes = errorCodes()
        XCTAssertGreaterThan(codes.count, 20)
        for code in codes { XCTAssertTrue(errors.contains("'\(code)'"), code) }
    }

    func test_wrong_calls_are_refused_with_their_codes_and_right_ones_work() throws {
        let phone = try Phone(self)
        try phone.open()
        XCTAssertEqual(phone.call("next").code, "usage")
        XCTAssertEqual(phone.call("next", ["id": 7]).code, "usage")
        XCTAssertEqual(phone.call("next", ["id": "ab"]).code, "bundle_unknown")
        XCTAssertEqual(phone.call("delete", ["id": "builtin"]).code, "bundle_in_use")
        XCTAssertEqual(phone.call("set", ["id": "ab"]).code, "bundle_unknown")
        XCTAssertEqual(phone.call("reset", ["toLastSuccessful": "yes"]).code, "usage")
        XCTAssertEqual(phone.call("download", ["url": "https://a.example/"]).code, "usage")
        let checksum: [String: Any] = ["url": "https://a.example/", "version": "2", "checksum": 5]
        XCTAssertEqual(phone.call("download", checksum).code, "usage", "never taken for none")
        XCTAssertEqual(phone.call("setMultiDelay").code, "usage")
        XCTAssertEqual(phone.call("setMultiDelay", ["delayConditions": ["kill"]]).code, "usage")
        XCTAssertEqual(phone.call("setMultiDelay", ["delayConditions": [["kind": "noon"]]]).code, "usage")
        XCTAssertEqual(phone.call("notifyAppReady", ["token": NSNull()]).code, "resolved")

        let id = try XCTUnwrap(phone.call("sync").data.object("bundle").text("id"))
        XCTAssertEqual(phone.call("next", ["id": id]).data.text("status"), "pending")
        phone.switchPage("set", ["id": id])
        XCTAssertEqual(phone.served, "2.0.0")
        phone.switchPage("reset", ["toLastSuccessful": false])
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertEqual(phone.call("delete", ["id": id]).code, "resolved")
        XCTAssertEqual((phone.call("list").data["bundles"] as? [Any])?.count, 1)
    }

    func test_delays_are_kept_shown_and_cancelled() throws {
        let phone = try Phone(self)
        try phone.open()
        let conditions: [[String: Any]] = [["kind": "background", "value": "300000"], ["kind": "kill"]]
        XCTAssertEqual(phone.call("setMultiDelay", ["delayConditions": conditions]).code, "resolved")
        let kept = phone.call("getDelayConditions").data["delayConditions"] as? [[String: Any]] ?? []
        XCTAssertEqual(kept.compactMap { $0.text("kind") }, ["background", "kill"])
        XCTAssertEqual(kept.first?.text("value"), "300000")
        _ = phone.call("sync")
        phone.leave()
        phone.settle()
        XCTAssertEqual(phone.served, "1.0.0", "held back")
        XCTAssertEqual(phone.call("cancelDelay").code, "resolved")
        phone.becomeActive()
        phone.waitForPage { phone.leave() }
        XCTAssertEqual(phone.served, "2.0.0")
    }

    func test_a_token_is_taken_and_what_is_none_is_not() throws {
        let phone = try Phone(self)
        try phone.open()
        XCTAssertEqual(phone.call("setRequestToken", ["token": "t0ken"]).code, "resolved")
        XCTAssertEqual(phone.call("setRequestToken", ["token": "no token"]).code, "usage")
        XCTAssertEqual(phone.call("setRequestToken", ["token": 5]).code, "usage")
        XCTAssertEqual(phone.call("setRequestToken").code, "resolved")
        XCTAssertEqual(phone.call("setRequestKey", ["key": "a2V5"]).code, "usage", "no requestSignature is configured")
        XCTAssertEqual(phone.call("cancelDownload").code, "resolved")
        XCTAssertEqual(phone.call("sync").code, "resolved", "nothing ran, so nothing is cancelled")
    }

    func test_a_channel_is_listed_chosen_and_left_again_and_one_that_nobody_signed_is_refused() throws {
        let phone = try Phone(self)
        try phone.open()
        let listed = phone.call("listChannels").data["channels"] as? [[String: Any]] ?? []
        XCTAssertEqual(listed.map { $0.text("name") }, ["stable"])
        XCTAssertEqual((listed.first?["id"] as? NSNumber)?.intValue, 1)
        XCTAssertEqual(listed.first?["allow_self_set"] as? Bool, true)
        XCTAssertEqual(phone.call("getChannel").data.text("status"), "default")
        XCTAssertEqual(phone.call("setChannel", ["channel": "nightly"]).code, "channel_unknown")
        XCTAssertEqual(phone.call("setChannel").code, "usage")
        XCTAssertEqual(phone.call("setChannel", ["channel": "stable", "triggerAutoUpdate": "yes"]).code, "usage")
        XCTAssertEqual(phone.call("getChannel").data.text("status"), "default", "a refusal changes nothing")

        XCTAssertEqual(phone.call("setChannel", ["channel": "stable"]).data.text("status"), "ok")
        let followed = phone.call("getChannel").data
        XCTAssertEqual([followed.text("channel"), followed.text("status")], ["stable", "override"])
        XCTAssertEqual(phone.call("unsetChannel").code, "resolved")
        XCTAssertEqual(phone.call("getChannel").data.text("status"), "default")
    }

    func test_a_device_has_one_id_and_a_name_for_it_is_taken() throws {
        let phone = try Phone(self)
        try phone.open()
        let id = try XCTUnwrap(phone.call("getDeviceId").data.text("deviceId"))
        XCTAssertEqual(id.split(separator: "-").map(\.count), [8, 4, 4, 4, 12])
        XCTAssertEqual(phone.call("getDeviceId").data.text("deviceId"), id)
        XCTAssertEqual(phone.call("setCustomId", ["customId": "customer-4711"]).code, "resolved")
        XCTAssertEqual(phone.call("setCustomId", ["customId": ""]).code, "resolved")
        XCTAssertEqual(phone.call("setCustomId").code, "usage")
        XCTAssertEqual(phone.call("setCustomId", ["customId": 7]).code, "usage")
        XCTAssertEqual(phone.call("setCustomId", ["customId": String(repeating: "x", count: 257)]).code, "usage")
    }

    func test_what_javascript_gets_is_json() throws {
        let phone = try Phone(self)
        try phone.open()
        XCTAssertEqual(phone.call("getLatest").data.text("version"), "2.0.0")
        let progress = phone.hear("download") {
            let synced = phone.call("sync").data
            XCTAssertGreaterThan((synced["bytesDownloaded"] as? NSNumber)?.intValue ?? 0, 0)
            XCTAssertEqual(Set(synced.keys), ["result", "bundle", "bytesDownloaded", "route"])
            let json = try? PluginCallResult.dictionary(synced).jsonRepresentation()
            XCTAssertEqual(json?.contains("\"sequence\":2"), true)
        }
        XCTAssertEqual(progress.object("bundle").text("status"), "downloading")
        let up = phone.call("sync").data
        XCTAssertEqual(up.text("result"), "staged", "it is on the device already")
        XCTAssertEqual(up.text("route"), "none")
    }

    func test_a_configuration_that_cannot_be_used_is_told_and_the_app_runs() throws {
        let phone = try Phone(self, ["publicKey": "not a key"])
        try phone.open()
        XCTAssertEqual(phone.served, "1.0.0")
        XCTAssertEqual(phone.call("sync").code, "public_key_invalid")
        XCTAssertEqual(phone.call("current").data.object("bundle").text("id"), "builtin")
    }
}
