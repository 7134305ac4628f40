package dugong_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// notInAllModes lists the tests that do not run in every way to wait, by the
// reason for that.
var notInAllModes = map[string]string{
	"it opens no connection: the sources, the documents, a Header, an error or a Config are looked at": `
		TestArchitecture TestNoNetHTTP TestEveryPackageLooksForLeaks TestCodeInDocuments
		TestLinksInDocuments TestProgramInReadme TestTestsInDocuments TestModulesInDocument TestErrorsInDocument
		TestStrictDocument TestStrictLimitsInDocument TestStrictRequirements TestStrictFuzzTargets
		TestHeaderItem175IgnoresCase TestHeaderItem175FoldsOnlyASCII TestHeaderItem176SetKeepsPosition
		TestHeaderItem177Equal TestHeaderItem178Clone TestHeaderItem178LowerItems TestHeaderItem178Missing
		TestHeaderItem179LastWins TestHeaderDuplicates TestHeaderIteratorsStop TestHeaderFromMap
		TestContractTemporary TestContractTemporarySeveral TestContractTemporaryErrno
		TestContractErrorsConfig TestItem32Refused TestGatherIsBounded TestTraceOneAtATime
	`,
	"it is about tasks, and drives them itself": `
		TestTaskSuspendDescriptor TestTaskSuspendTime TestTaskFail TestTaskFailShared TestTaskAwait
		TestAwaitWithoutTask TestTaskOf TestTaskResumedWithoutReason TestTaskGet TestTaskSenderAndReader TestTaskStop
		TestTaskForeign TestModesFailNow
	`,
	underClock: `
		TestContractReadingRepeatable TestContractContextOfWrite TestContractBodyCloseFails
		TestContractContinueLimit TestContractContinueLimitIsOne TestContractContinueSilentPipeline
		TestContractErrorsTimeoutPhases
		TestContractErrorsQueuePhase TestServersRule6Stall TestServersRule8BodyFirst
		TestContractTemporaryContext TestContractTimeTimeout TestContractTimeDrip
		TestFaultsBodyLeft TestFaultsInRequest TestFaultsInResponse TestFaultsStuckSend TestFaultsInTunnel
		TestFaultsRecordCut TestFaultsRecordForged
		TestMutatedStreams
	`,
	"goroutines whose order is made by synctest.Wait; other tests here and in package aio have two tasks on a connection": `
		TestContractClosedInWrite TestContractClosedInEndBody TestContractEarlyForParkedReader TestContractReadingWaitsForSend
		TestContractReadingReaderWaits TestContractReadingReaderWaitsEnds TestContractReadingTwoReaders
		TestContractReadingTwoSenders TestContractReadingSenderGivesWay
		TestContractSendingAtOnceWhenReaderParked TestInjection
	`,
	"its connection is made by the test, with no descriptor: it is what dugonghttp uses, which has goroutines only": `
		TestInsideBareAndLenient TestInsideFlushLeavesTheRestToTheReader TestInsideBodyAfterFinal
	`,
	"it is about a dial or a hijacked connection, which block by themselves": `
		TestContractConnectEnds TestFaultsTunnelStuckWrite
	`,
	"its connection is listened to between the library and the socket, and so has no descriptor": `
		TestSecretsWhenProxiesFail TestSecretsThroughProxies
	`,
	"it is the server of another test, in a process of its own": `
		TestKilledServerChild
	`,
	"it measures the memory of a whole process": `
		TestEndlessPeak
	`,
}

// underClock is the reason of tests that run as tasks all the same, in a mode of
// their own: wiretest.Clock.
const underClock = "its time is that of testing/synctest, where there are no descriptors: it runs under a loop by hand and the clock"

// everyTestInAllModes checks that each test of this package has run in all
// modes, or is on the list, and not both.
func everyTestInAllModes() error {
	listed := map[string]bool{}
	for reason, names := range notInAllModes {
		for name := range strings.FieldsSeq(names) {
			if listed[name] {
				return fmt.Errorf("%s is listed twice: %s", name, reason)
			}
			listed[name] = true
			if (reason == underClock) != wiretest.RanBy(name, wiretest.Clock) {
				return fmt.Errorf("%s is listed in the wrong place: run under the clock it did: %v", name, reason != underClock)
			}
		}
	}
	tests, err := testNames()
	if err != nil {
		return err
	}
	var all []error
	for _, name := range tests {
		switch ran := wiretest.RanInAllModes(name); {
		case ran && listed[name]:
			all = append(all, fmt.Errorf("%s runs in all modes now: take it off the list", name))
		case !ran && !listed[name]:
			all = append(all, fmt.Errorf("%s does not run in all modes, and no reason is given", name))
		}
	}
	for name := range listed {
		if !slices.Contains(tests, name) && runtime.GOOS == "linux" {
			all = append(all, fmt.Errorf("%s is listed and is no test", name))
		}
	}
	return errors.Join(all...)
}

// testNames are the tests in the files of this package.
func testNames() (names []string, err error) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if here, err := build.Default.MatchFile(".", file); err != nil || !here {
			continue // of another system
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") && fn.Name.Name != "TestMain" {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names, nil
}
