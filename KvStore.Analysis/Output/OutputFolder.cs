using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KvStore.Analysis.Output;

/// <summary>Where the files of a run go. A file is written beside its place and moved there, so that it is never half of one.</summary>
internal sealed class OutputFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private readonly string _path;

    private OutputFolder(string path) => _path = path;

    /// <summary>Makes the folder when it is not there, and sees that files can be written: before a run, not after it.</summary>
    /// <exception cref="AnalysisException">They cannot.</exception>
    public static OutputFolder Open(string path)
    {
        var folder = new OutputFolder(path);
        try
        {
            Directory.CreateDirectory(path);
            var probe = Path.Combine(path, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>Writes a file, in place of one that is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="write">Writes it to the path that it is given.</param>
    /// <returns>Its path, as a person would say it.</returns>
    /// <exception cref="AnalysisException">It cannot be written.</exception>
    public string Write(string name, Action<string> write)
    {
        var path = Path.Combine(_path, name);
        var beside = Path.Combine(_path, $".{Guid.NewGuid():N}-{name}");
        try
        {
            write(beside);
            File.Move(beside, path, overwrite: true);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Writes rows of values that need no quoting, with their names above.</summary>
    /// <exception cref="AnalysisException">It cannot be written.</exception>
    public string WriteCsv(string name, string header, IEnumerable<string> rows) =>
        Write(name, path => File.WriteAllLines(path, [header, .. rows], new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));

    /// <summary>Writes a document.</summary>
    /// <exception cref="AnalysisException">It cannot be written.</exception>
    public string WriteJson<T>(string name, T document) =>
        Write(name, path => File.WriteAllText(path, JsonSerializer.Serialize(document, Json) + "\n"));

    private static AnalysisException Unwritable(string path, Exception e) =>
        new($"{path} cannot be written: {e.Message.TrimEnd('.')}. Name another folder with --output.", e);
}
