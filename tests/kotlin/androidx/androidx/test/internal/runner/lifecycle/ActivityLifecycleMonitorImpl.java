package androidx.test.internal.runner.lifecycle;

import android.app.Activity;
import androidx.test.runner.lifecycle.ActivityLifecycleCallback;
import androidx.test.runner.lifecycle.ActivityLifecycleMonitor;
import androidx.test.runner.lifecycle.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.WeakHashMap;

/** Remembers each activity's stage; Robolectric asks for it. */
public final class ActivityLifecycleMonitorImpl implements ActivityLifecycleMonitor {

    private final Map<Activity, Stage> stages = new WeakHashMap<>();

    public synchronized void signalLifecycleChange(Stage stage, Activity activity) {
        stages.put(activity, stage);
    }

    @Override
    public void addLifecycleCallback(ActivityLifecycleCallback callback) {}

    @Override
    public void removeLifecycleCallback(ActivityLifecycleCallback callback) {}

    @Override
    public synchronized Stage getLifecycleStageOf(Activity activity) {
        return stages.get(activity);
    }

    @Override
    public synchronized Collection<Activity> getActivitiesInStage(Stage stage) {
        Collection<Activity> found = new ArrayList<>();
        stages.forEach((activity, current) -> {
            if (current == stage) found.add(activity);
        });
        return found;
    }
}
