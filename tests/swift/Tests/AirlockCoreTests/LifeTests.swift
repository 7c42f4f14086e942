import XCTest

@testable import AirlockCore

/// Every record and every event crosses from Rust with what it holds, in lives of a device with a real repository.
final class LifeTests: XCTestCase {
    func test_an_update_is_found_fetched_looked_at_and_confirmed() throws {
        let ears = Ears()
        let device = try Life(self).ofFixture(events: ears)
        device.shown(token: device.launch().token)
        let latest = try device.check()
        XCTAssertEqual([latest.version, latest.checksum?.count.description, latest.kind, latest.error], ["2.0.0", "64", nil, nil])
        XCTAssertEqual(latest.sequence, 2)

        let synced = try device.sync()
        XCTAssertEqual([synced.result, synced.route, synced.code, synced.message], ["staged", "patch", nil, nil])
        XCTAssertGreaterThan(synced.bytesDownloaded, 100)
        let bundle = try XCTUnwrap(synced.bundle)
        XCTAssertEqual([bundle.version, bundle.status, bundle.id.count.description], ["2.0.0", "pending", "64"])
        XCTAssertEqual(bundle.sequence, 2)
        XCTAssertTrue(bundle.downloaded.hasSuffix("Z"), bundle.downloaded)
        XCTAssertEqual(try device.nextBundle(), bundle)
        XCTAssertEqual(Set(try device.list().map(\.id)), ["builtin", bundle.id])
        XCTAssertEqual(try device.verify(id: bundle.id), [Verified(id: bundle.id, valid: true, code: nil, message: nil)])
        let staged = try device.status()
        XCTAssertEqual([staged.current.id, staged.next?.id, staged.trial?.id], ["builtin", bundle.id, nil])
        XCTAssertEqual(staged.nativeVersion, "1.4.0")
        XCTAssertGreaterThan(staged.diskBytes, 100)

        let trial = try XCTUnwrap(device.background())
        XCTAssertEqual([trial.bundle.id, trial.bundle.version], [bundle.id, "2.0.0"])
        XCTAssertEqual(trial.attempt, 1)
        XCTAssertEqual(trial.root.map { FileManager.default.fileExists(atPath: "\($0)/index.html") }, true)
        device.shown(token: trial.token)
        XCTAssertEqual(try device.status().trial?.id, bundle.id)
        XCTAssertFalse(try device.ready(token: "another").accepted)
        let ready = try device.ready(token: trial.token)
        XCTAssertEqual([ready.accepted.description, ready.bundle.status], ["true", "success"])
        XCTAssertEqual(try device.current(), Current(bundle: ready.bundle, native: "1.4.0"))
        XCTAssertEqual(try device.status().fallback.id, bundle.id)
        XCTAssertEqual(
            ears.names.filter { $0 != "download" }, ["downloadComplete", "updateAvailable", "set", "appReady"])
        XCTAssertEqual(ears.all.filter { $0.delivery == .retained }.map(\.event.named.name), ["set", "appReady"])
        let percents = ears.all.compactMap { heard -> UInt8? in
            guard case .download(let percent, let of) = heard.event, of.version == "2.0.0" else { return nil }
            return percent
        }
        XCTAssertEqual(percents.last, 100)
        XCTAssertEqual(percents, percents.sorted())
    }

    func test_a_trial_that_says_nothing_a_reload_and_a_download_that_fails_are_told() throws {
        let ears = Ears()
        let device = try Life(self).ofFixture(events: ears)
        device.shown(token: device.launch().token)
        _ = try device.sync()
        let trial = try device.reload()
        device.shown(token: trial.token)
        let early = try device.elapse(ms: 9_000)
        XCTAssertNil(early.launch)
        XCTAssertLessThanOrEqual(try XCTUnwrap(early.nextMs), 1_000)
        let back = try XCTUnwrap(device.elapse(ms: 1_000).launch)
        XCTAssertEqual(back.bundle.id, "builtin")
        device.shown(token: back.token)
        XCTAssertTrue(ears.names.contains("appReloaded"))
        let told = ears.all.compactMap { heard -> [String]? in
            guard case .updateFailed(let bundle, let code, let reason, let attempt, let phase, let version) = heard.event
            else { return nil }
            XCTAssertTrue(reason.contains("notifyAppReady"), reason)
            return [bundle.version, bundle.status, code, "\(attempt)", phase, version]
        }
        XCTAssertEqual(told, [["2.0.0", "error", "bundle_failed", "1", "trial", "2.0.0"]])

        let failed = try XCTUnwrap(device.takeFailedUpdate())
        XCTAssertEqual([failed.bundle.version, failed.code], ["2.0.0", "not_ready"])
        XCTAssertLessThan(failed.at, failed.expires, "both as RFC 3339, so they sort as texts")
        XCTAssertEqual(try device.status().failed.map(\.code), ["not_ready"])
        let blocked = try device.sync()
        XCTAssertEqual([blocked.result, blocked.code], ["blocked", "bundle_failed"])
        XCTAssertNotNil(blocked.message)
        XCTAssertEqual(try device.check().kind, "blocked")

        let nowhere = DownloadRequest(url: "http://127.0.0.1:9/a.zip", version: "3.0.0", checksum: nil, sessionKey: nil)
        XCTAssertThrowsError(try device.download(request: nowhere))
        guard case .downloadFailed(let version, let code, let reason, let attempt, let phase)? = ears.all.last?.event else {
            return XCTFail("the last event is \(ears.names.last ?? "none")")
        }
        XCTAssertEqual(version, "3.0.0")
        XCTAssertTrue(errorCodes().contains(code))
        XCTAssertFalse(reason.isEmpty)
        XCTAssertEqual(attempt, 1)
        let kept = try device.failures()
        XCTAssertEqual(kept.map { [$0.version, $0.code, $0.phase, $0.reason] }.first, [version, code, phase, reason])
        XCTAssertEqual(kept.map(\.phase).last, "trial")
        _ = try device.gc()
    }

    func test_an_embedded_bundle_that_cannot_be_found_stops_no_launch() throws {
        let life = try Life(self)
        let sources: [EmbeddedSource] = [
            .directory(path: "/nowhere"), .apk(paths: []), .apk(paths: ["/nowhere/base.apk", "/nowhere/split.apk"]),
        ]
        for embedded in sources {
            let device = life.process(config: #"{"appId":"com.example.app"}"#, embedded: embedded)
            XCTAssertEqual(device.launch().bundle, ServedBundle(id: "builtin", version: "1.4.0"), "\(embedded)")
            XCTAssertEqual(try device.list().map(\.id), ["builtin"])
        }
    }
}
