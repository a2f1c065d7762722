using System.Security.Cryptography;
using System.Text;

namespace KvStore.Dashboard.Otlp;

/// <summary>Who may send, and how many messages are taken in at once (BOUNDED): each may unfold to many times its size.</summary>
internal sealed class OtlpAdmission : IDisposable
{
    private readonly OtlpOptions _options;
    private readonly byte[] _keyHash;
    private readonly SemaphoreSlim _places;
    private int _waiting;

    /// <summary>Reads the key and the limits.</summary>
    public OtlpAdmission(OtlpOptions options)
    {
        _options = options;
        _keyHash = SHA256.HashData(Encoding.UTF8.GetBytes(options.ApiKey ?? ""));
        _places = new(options.MessagesAtOnceMax);
    }

    /// <summary>How many messages wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether a request has the key. Hashes are compared, in constant time, so that not even the key's length shows.</summary>
    public bool HasKey(HttpRequest request)
    {
        if (string.IsNullOrEmpty(_options.ApiKey))
        {
            return true;
        }

        var header = request.Headers[OtlpOptions.ApiKeyHeader];
        return header.Count == 1
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[0] ?? "")), _keyHash);
    }

    /// <summary>Waits for a place; every success is followed by a <see cref="Leave"/>.</summary>
    /// <returns>False when too many wait already.</returns>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask<bool> EnterAsync(CancellationToken cancellationToken)
    {
        if (_places.Wait(0, CancellationToken.None))
        {
            return true;
        }

        try
        {
            if (Interlocked.Increment(ref _waiting) > _options.MessagesWaitingMax)
            {
                return false;
            }

            await _places.WaitAsync(cancellationToken);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => _places.Release();

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
