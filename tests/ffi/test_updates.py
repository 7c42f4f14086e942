"""Whole lives of a device, over loopback, with a repository that the real `airlock` made."""

import threading

import airlock_ffi as ffi
from support import Author, Case, Heard


class Updates(Case):
    def test_an_update_is_fetched_applied_and_confirmed(self):
        author = Author(self)
        heard = Heard()
        device = self.device(author.config, heard)
        first = device.launch()
        device.shown(first.token)
        self.assertEqual(device.check().kind, "up_to_date")

        author.publish("2.0.0")
        offered = device.check()
        self.assertEqual((offered.version, offered.kind), ("2.0.0", None))
        launch = device.auto_update()
        self.assertEqual((launch.bundle.version, launch.attempt), ("2.0.0", 1))
        self.assertIn("2.0.0", (open(launch.root + "/index.html")).read())
        self.assertNotIn("SET", heard.names(), "the old page must not hear it")
        device.shown(launch.token)
        self.assertIn("SET", heard.names())
        self.assertEqual(device.tick().next_ms is None, False)
        self.assertFalse(device.ready(first.token).accepted)
        ready = device.ready(launch.token)
        self.assertEqual((ready.accepted, ready.bundle.status), (True, "success"))
        self.assertIsNone(device.tick().next_ms)
        self.assertIn("APP_READY", heard.names())

        self.assertEqual(device.sync().result, "up-to-date")
        self.assertIsNone(device.auto_update())
        again = self.device(author.config).launch()
        self.assertEqual((again.bundle.version, again.root), ("2.0.0", launch.root))

    def test_what_arrives_is_told_in_its_order_and_progress_ends_at_a_hundred(self):
        author = Author(self)
        author.publish("2.0.0")
        heard = Heard()
        device = self.device(author.config, heard)
        device.shown(device.launch().token)
        synced = device.sync()
        self.assertEqual((synced.result, synced.route, synced.bundle.status), ("staged", "archive", "pending"))
        self.assertGreater(synced.bytes_downloaded, 200_000)
        percents = [event.percent for event, _ in heard.events if event.is_DOWNLOAD()]
        self.assertEqual(percents[-1], 100)
        self.assertEqual(percents, sorted(percents))
        rest = [name for name in heard.names() if name != "DOWNLOAD"]
        self.assertEqual(rest, ["DOWNLOAD_COMPLETE", "UPDATE_AVAILABLE"])
        self.assertEqual(device.next_bundle().id, synced.bundle.id)
        self.assertEqual(device.status().next.id, synced.bundle.id)
        self.assertEqual([verdict.valid for verdict in device.verify(None)], [True, True])

    def test_a_bundle_that_stays_silent_is_rolled_back_by_time_in_front_only(self):
        author = Author(self)
        author.publish("2.0.0")
        heard = Heard()
        device = self.device(author.config, heard)
        device.shown(device.launch().token)
        device.sync()
        trial = device.background()
        self.assertEqual(trial.bundle.version, "2.0.0")
        device.shown(trial.token)
        self.assertIsNone(device.elapse(3_600_000).launch, "nobody looks")
        device.foreground()
        tick = device.elapse(9_000)
        self.assertIsNone(tick.launch)
        self.assertLessEqual(tick.next_ms, 1_000)
        tick = device.elapse(1_000)
        self.assertEqual(tick.launch.bundle.id, "builtin")
        self.assertNotIn("UPDATE_FAILED", heard.names(), "the page that failed must not hear it")
        device.shown(tick.launch.token)
        failed = [event for event, _ in heard.events if event.is_UPDATE_FAILED()]
        self.assertEqual([event.code for event in failed], ["bundle_failed"])
        self.assertIn("notifyAppReady", failed[0].reason)
        self.assertEqual((failed[0].version, failed[0].attempt, failed[0].phase), ("2.0.0", 1, "trial"))
        kept = [(one.version, one.code, one.phase, one.count) for one in device.failures()]
        self.assertEqual(kept, [("2.0.0", "bundle_failed", "trial", 1)])

        update = device.take_failed_update()
        self.assertEqual((update.bundle.version, update.bundle.status, update.code), ("2.0.0", "error", "not_ready"))
        self.assertIsNone(device.take_failed_update())
        self.assertEqual([one.code for one in device.status().failed], ["not_ready"])
        again = device.sync()
        self.assertEqual((again.result, again.code), ("blocked", "bundle_failed"))
        self.assertTrue(again.message)
        latest = device.check()
        self.assertEqual((latest.kind, latest.error), ("blocked", "bundle_failed"))

    def test_a_crash_is_followed_by_the_fallback_and_its_reason(self):
        author = Author(self)
        author.publish("2.0.0")
        device = self.device(author.config)
        device.shown(device.launch().token)
        device.sync()
        trial = device.reload()
        self.assertEqual(trial.bundle.version, "2.0.0")
        self.assertIsNone(device.crash("another token", "boom"))
        launch = device.crash(trial.token, "render process gone")
        self.assertEqual(launch.bundle.id, "builtin")
        self.assertIn("render process gone", device.take_failed_update().reason)

    def test_an_archive_by_its_address(self):
        author = Author(self)
        author.publish("2.0.0")
        archive = next((author.folder / "repository/targets").rglob("*.bundle.zip"))
        base = author.config["plugins"]["Airlock"]["updateUrl"]
        url = f"{base}/{archive.relative_to(author.folder / 'repository')}"
        device = self.device(author.config)
        device.launch()
        downloaded = device.download(ffi.DownloadRequest(url=url, version="2.0.0"))
        self.assertEqual(downloaded.bundle.status, "pending")
        self.fails("bundle_unknown", device.next, downloaded.bundle.id[:-1])
        self.assertEqual(device.next(downloaded.bundle.id).id, downloaded.bundle.id)
        device.delay_until([ffi.DelayCondition(kind="kill", value=None)])
        self.assertIsNone(device.background())
        self.assertEqual(device.set(downloaded.bundle.id).bundle.version, "2.0.0")
        self.fails("bundle_in_use", device.delete, downloaded.bundle.id)
        device.reset(ffi.ResetTo.EMBEDDED)
        device.delete(downloaded.bundle.id)
        self.assertEqual(len(device.list()), 1)
        wrong = ffi.DownloadRequest(url=url, version="2.0.0", checksum="00" * 32)
        self.fails("signature_missing", device.download, wrong)

    def test_a_server_that_is_not_there(self):
        author = Author(self)
        author.config["plugins"]["Airlock"]["updateUrl"] = "http://127.0.0.1:9"
        heard = Heard()
        device = self.device(author.config, heard)
        device.shown(device.launch().token)
        reason = self.fails("download_failed", device.sync)
        event = heard.events[-1][0]
        self.assertEqual((event.code, event.reason), ("download_failed", reason))
        self.assertEqual((event.attempt, event.phase, event.version), (1, "check", ""))
        self.fails("download_failed", device.auto_update)
        event = heard.events[-1][0]
        self.assertEqual(event.attempt, 2)
        kept = device.failures()
        self.assertEqual([(one.code, one.count, one.attempt, one.reason) for one in kept], [("download_failed", 2, 2, reason)])

    def test_syncs_from_many_threads_take_turns(self):
        author = Author(self)
        author.publish("2.0.0")
        device = self.device(author.config)
        device.launch()
        results = []
        threads = [threading.Thread(target=lambda: results.append(device.sync().result)) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(sorted(set(results)), ["staged"], results)
        self.assertEqual(len(results), 8)
