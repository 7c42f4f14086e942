package androidx.test.runner.lifecycle;

public final class ActivityLifecycleMonitorRegistry {

    private static volatile ActivityLifecycleMonitor monitor;

    public static void registerInstance(ActivityLifecycleMonitor instance) {
        monitor = instance;
    }

    public static ActivityLifecycleMonitor getInstance() {
        return monitor;
    }
}
