using System.Diagnostics;
using System.Globalization;
using KvStore.Dashboard.Otlp;
using KvStore.Dashboard.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Benchmarks;

/// <summary>Measures the dashboard: its list of traces, its pages, and what it costs while spans come in.</summary>
internal static class DashboardBench
{
    private const int Traces = 10_000;
    private const int TracesPerMessage = 100;
    private const int Rounds = 10;

    /// <summary>Runs everything.</summary>
    /// <param name="length">How long spans come in at each rate.</param>
    public static async Task RunAsync(TimeSpan length)
    {
        Print($"{Environment.ProcessorCount} processors, load before: {await LoadAsync()}");
        await ListAsync();
        using var dashboard = await DashboardProcess.StartAsync();
        Print($"Started: {dashboard.ResidentBytes >> 20} MB");
        using var load = new SpanLoad(dashboard.OtlpGrpc);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Traces / TracesPerMessage; i++)
        {
            await load.SendAsync(load.Messages(TracesPerMessage));
        }

        Print($"{Traces:N0} traces of {SpanLoad.SpansPerTrace} spans taken in after {watch.Elapsed.TotalSeconds:0.0} s: {dashboard.ResidentBytes >> 20} MB");
        string[] pages = ["/", "/traces", $"/traces/{load.LastTraceId}", "/traces/slowest", "/logs", "/instruments", "/console", "/resources"];
        foreach (var page in pages)
        {
            await PageAsync(dashboard, page);
        }

        foreach (var rate in new[] { 500, 2_000 })
        {
            await RateAsync(dashboard, load, rate, length);
        }

        Print($"Load after: {await LoadAsync()}");
    }

    // The same spans through the same receiver, in this process.
    private static async Task ListAsync()
    {
        using var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System).AddTelemetryStores(new StoreLimits()).AddOtlp().BuildServiceProvider();
        var signals = services.GetRequiredService<OtlpSignals>();
        using var load = new SpanLoad(new Uri("http://127.0.0.1:1"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Traces / TracesPerMessage; i++)
        {
            foreach (var message in load.Messages(TracesPerMessage))
            {
                signals.Traces.Take(message);
            }
        }

        Print($"The store of {Traces:N0} traces holds {(GC.GetTotalMemory(forceFullCollection: true) - before) >> 20} MB");
        var store = services.GetRequiredService<TraceStore>();
        foreach (var text in new[] { null, "follower5", $"kvstore.lsn={Traces}", "is nowhere" })
        {
            var times = new List<double>();
            var matched = 0;
            for (var round = 0; round < Rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                matched = store.Query(new() { Text = text, SortBy = TraceSort.Duration }).Matched;
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            Print(string.Create(CultureInfo.InvariantCulture, $"List by duration, text '{text}': {matched:N0} found, first {times[0]:0} ms, then {times.Skip(1).Order().ElementAt(Rounds / 2):0.0} ms (median)"));
            await Task.Yield();
        }
    }

    private static async Task PageAsync(DashboardProcess dashboard, string page)
    {
        if (await dashboard.GetAsync(page) is not { } first)
        {
            return;
        }

        var later = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            later.Add((await dashboard.GetAsync(page))!.Value);
        }

        Print(string.Create(CultureInfo.InvariantCulture, $"{page}: first {first.TotalMilliseconds:0} ms, then {later.Order().ElementAt(Rounds / 2).TotalMilliseconds:0} ms (median), {later.Max().TotalMilliseconds:0} ms at most"));
    }

    private static async Task RateAsync(DashboardProcess dashboard, SpanLoad load, int spansPerSecond, TimeSpan length)
    {
        var (cpu, watch, peak) = (dashboard.Cpu, Stopwatch.StartNew(), 0L);
        var running = load.RunAsync(spansPerSecond, length);
        while (!running.IsCompleted)
        {
            peak = Math.Max(peak, dashboard.ResidentBytes);
            await Task.WhenAny(running, Task.Delay(500));
        }

        var (spans, failed) = await running;
        var share = (dashboard.Cpu - cpu) / watch.Elapsed;
        Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{spansPerSecond:N0} spans/s: {spans / watch.Elapsed.TotalSeconds:N0} came in for {watch.Elapsed.TotalSeconds:0} s, {failed} messages not taken, CPU {share:0.0%} of a core, {peak >> 20} MB at most"));

        // Apart, so that the pages do not count as the cost of what comes in.
        running = load.RunAsync(spansPerSecond, length / 4);
        var pages = new List<TimeSpan>();
        while (!running.IsCompleted)
        {
            pages.Add((await dashboard.GetAsync("/traces"))!.Value);
            await Task.WhenAny(running, Task.Delay(500));
        }

        Print($"/traces meanwhile: {pages.Order().ElementAt(pages.Count / 2).TotalMilliseconds:0} ms (median), {pages.Max().TotalMilliseconds:0} ms at most; {dashboard.ResidentBytes >> 20} MB; {(await running).Failed} messages not taken");
    }

    private static async Task<string> LoadAsync() => File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg")).Trim() : "not known here";

    private static void Print(string text) => Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {text}");
}
