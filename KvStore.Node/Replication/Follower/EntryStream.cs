using System.Buffers;
using Google.Protobuf;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Follower;

/// <summary>A leader's entries on a connection of their own: each message is handed over as it comes, and answered when it is on disk.</summary>
internal sealed class EntryStream(FrameStream frames, Follower follower, TimeProvider time, ILogger<EntryStream> logger)
{
    private Task _answers = Task.CompletedTask;

    /// <summary>Serves until the connection ends or <paramref name="cancellationToken"/> says so; what was taken is answered before it returns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await frames.ReadAsync(Take, cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The leader is gone, or this node stops.
        }
        catch (InvalidDataException e)
        {
            logger.StreamEnded(e.Message);
        }

        await _answers;
        await frames.CloseAsync();
    }

    private void Take(uint number, ReadOnlySequence<byte> bytes)
    {
        EntriesMessage message;
        try
        {
            message = MessageReader.ReadEntries(bytes, time.GetUtcNow());
        }
        catch (InvalidDataException e)
        {
            _ = AnswerAsync(number, new ReplicateAnswer { Failure = e.Message });
            return;
        }

        if (follower.TryEnqueue(message))
        {
            // A refusal comes before the answers of what is still written.
            var answer = AnswerAsync(number, message);
            _answers = _answers.IsCompleted ? answer : Task.WhenAll(_answers, answer);
        }
        else
        {
            _ = AnswerAsync(number, new ReplicateAnswer { Failure = Follower.TooManyMessages });
        }
    }

    // Goes on in the thread that has made the message durable.
    private async Task AnswerAsync(uint number, EntriesMessage message)
    {
        ReplicateAnswer answer;
        try
        {
            answer = new ReplicateAnswer { Refusal = await message.Done };
        }
        catch (StorageException e)
        {
            answer = new ReplicateAnswer { Failure = e.Message };
        }

        await AnswerAsync(number, answer);
    }

    private async Task AnswerAsync(uint number, ReplicateAnswer answer)
    {
        var frame = new byte[FrameStream.HeaderBytes + answer.CalculateSize()];
        FrameStream.WriteHeader(frame, number);
        answer.WriteTo(frame.AsSpan(FrameStream.HeaderBytes));
        try
        {
            await frames.WriteAsync(frame);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The leader is gone; its next greeting shows it what is on disk here.
        }
    }
}
